import { connect as connectTcp, createServer, type AddressInfo } from "node:net";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { whyUnreachable } from "../../src/core/unreachable.ts";
import { aCertificate } from "../helpers/certificate.ts";

const DAY_MS = 86_400_000;

/** The error that a TLS client, trusting the certificate as such, meets on connecting. */
async function tlsError(certificate: { key: string; cert: string }, trusted: boolean): Promise<unknown> {
  const server = tls.createServer(certificate);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const error = await new Promise<unknown>((resolve, reject) => {
    const socket = tls.connect({
      host: "127.0.0.1",
      port,
      servername: "localhost",
      ...(trusted && { ca: certificate.cert }),
    });
    socket.on("error", resolve);
    socket.on("secureConnect", () => {
      socket.destroy();
      reject(new Error("the certificate was taken"));
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return error;
}

describe("why a target could not be reached is said in plain words", () => {
  test("a certificate that has expired", async () => {
    const certificate = aCertificate({ notBefore: Date.now() - 10 * DAY_MS });
    expect(whyUnreachable(await tlsError(certificate, true))).toBe(
      "its TLS certificate has expired (CERT_HAS_EXPIRED)",
    );
  });

  test("a certificate from the future", async () => {
    const certificate = aCertificate({ notBefore: Date.now() + 10 * DAY_MS });
    expect(whyUnreachable(await tlsError(certificate, true))).toContain("not valid yet");
  });

  test("a certificate for another host", async () => {
    const certificate = aCertificate({ host: "elsewhere.example" });
    expect(whyUnreachable(await tlsError(certificate, true))).toContain("for another host name");
  });

  test("a self-signed certificate", async () =>
    expect(whyUnreachable(await tlsError(aCertificate(), false))).toContain("self-signed"));

  test("nobody listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await new Promise((resolve) => connectTcp(port, "127.0.0.1").on("error", resolve));
    expect(whyUnreachable(error)).toBe(
      "it refused the connection: nothing listens at this port (ECONNREFUSED)",
    );
  });

  test.each([
    [
      Object.assign(new Error("x"), { name: "HTTPParserError", code: "HPE_INVALID_CONSTANT" }),
      "it does not answer in HTTP (HPE_INVALID_CONSTANT)",
    ],
    [Object.assign(new Error("x"), { code: "EWHATEVER" }), "the connection failed (EWHATEVER)"],
    [Object.assign(new Error("x"), { code: 7 }), "the connection failed"],
    ["text", "the connection failed"],
    [undefined, "the connection failed"],
  ])("something else: %s", (error, words) => expect(whyUnreachable(error)).toBe(words));
});
