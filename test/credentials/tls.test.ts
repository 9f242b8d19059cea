import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { connect, createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, expect, it } from "vitest";
import { attemptOn, loadTargetYaml, loopbackHttp } from "../helpers/attempt.ts";
import { aCertificate } from "../helpers/certificate.ts";
import { until } from "../helpers/until.ts";

const http = loopbackHttp();
const closing: (() => unknown)[] = [];
const theirs = aCertificate({ host: "127.0.0.1" });
const ours = aCertificate({ host: "router.example" });

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => http.close());

/** A server that wants to see our certificate, and says whose it saw. */
async function aTlsTarget(): Promise<string> {
  const server: Server = createServer(
    { ...theirs, ca: ours.cert, requestCert: true, rejectUnauthorized: true },
    (request, response) =>
      response.end(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? "nobody")),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const MUTUAL = 'tls: { ca: "${CA}", certificate: "${CERT}", key: "${KEY}" }';
const environment = { CA: theirs.cert, CERT: ours.cert, KEY: ours.key };

async function attemptWith(url: string, more: string, variables: Record<string, string> = environment) {
  const { workspace, problems } = await loadTargetYaml(`url: ${url}/in\n${more}\n`, variables);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return attemptOn(workspace, {}, http);
}

it("a target with a private authority is called, and shown the certificate that it demands", async () => {
  const { attempt } = await attemptWith(await aTlsTarget(), MUTUAL);
  expect([attempt.status, attempt.answer]).toEqual([200, "router.example"]);
});

it("a PEM whose line breaks are written as \\n does as well", async () => {
  const escaped = Object.fromEntries(
    Object.entries(environment).map(([name, pem]) => [name, pem.replaceAll("\n", "\\n")]),
  );
  expect((await attemptWith(await aTlsTarget(), MUTUAL, escaped)).attempt.status).toBe(200);
});

it("connections of one target are not used for another one with another certificate", async () => {
  const url = await aTlsTarget();
  expect((await attemptWith(url, MUTUAL)).attempt.status).toBe(200);
  const { attempt, result } = await attemptWith(url, 'tls: { ca: "${CA}" }');
  expect([attempt.error?.code, result]).toEqual(["FORWARD_CERTIFICATE_REFUSED", "dead"]);
  const untrusted = await attemptWith(url, "");
  expect(untrusted.attempt.error?.detail).toContain("self-signed");
});

/** OpenSSL's own server, which tells why it closes: TLS alerts, RFC 8446 § 6.2. */
async function anOpensslServer(authority: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-tls-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const port = await freePort();
  const options = ["-cert", file("cert.pem", theirs.cert), "-key", file("key.pem", theirs.key)];
  const child = spawn(
    "openssl",
    [
      ...["s_server", "-accept", `127.0.0.1:${port}`, "-www", "-quiet", ...options],
      ...["-CAfile", file("ca.pem", authority), "-Verify", "1", "-verify_return_error"],
    ],
    { stdio: "ignore" },
  );
  closing.push(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  await until("openssl listens", () => reachable(port));
  return `https://127.0.0.1:${port}`;
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** A machine may have Node and npm alone. */
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const needed = hasOpenssl ? "" : " (skipped: no openssl on PATH)";

it.skipIf(!hasOpenssl).each([
  ["none", 'tls: { ca: "${CA}" }', {}, "it wants to see a certificate, and was shown none"],
  ["one of an unknown authority", MUTUAL, {}, "it does not know the authority of our certificate"],
])(`a target that is shown %s says so in the dead letter${needed}`, async (_, tls, more, sentence) => {
  const url = await anOpensslServer(aCertificate({ host: "somebody.example" }).cert);
  const { attempt, result } = await attemptWith(url, `method: GET\n${tls}`, { ...environment, ...more });
  expect([attempt.error?.code, result]).toEqual(["FORWARD_CERTIFICATE_REFUSED", "dead"]);
  expect(attempt.error?.detail).toContain(sentence);
});

it.skipIf(!hasOpenssl)(
  `a certificate that has expired is told of by check, and by the target in the dead letter${needed}`,
  async () => {
    const old = aCertificate({ host: "router.example", notBefore: Date.now() - 10 * 86_400_000 });
    const url = await anOpensslServer(old.cert);
    const variables = { CA: theirs.cert, CERT: old.cert, KEY: old.key };
    const { workspace, problems } = await loadTargetYaml(`url: ${url}\nmethod: GET\n${MUTUAL}\n`, variables);
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([
      ["RULE_CREDENTIAL_EXPIRED", "warning"],
    ]);
    const { attempt } = await attemptOn(workspace, {}, http);
    expect([attempt.error?.code, attempt.error?.detail]).toEqual([
      "FORWARD_CERTIFICATE_REFUSED",
      expect.stringContaining("our certificate has expired"),
    ]);
  },
);
