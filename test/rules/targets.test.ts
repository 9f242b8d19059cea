import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { attemptOn, loadTargetYaml, loopbackHttp } from "../helpers/attempt.ts";
import { aCertificate } from "../helpers/certificate.ts";
import { aTarget, status } from "../helpers/target.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-secrets-"));
const one = aCertificate();
const other = aCertificate();
const pem = (curve: string): string =>
  generateKeyPairSync("ec", { namedCurve: curve })
    .privateKey.export({ format: "pem", type: "pkcs8" })
    .toString();
const environment = {
  KEY: "a-s3cr3t-value",
  P256: pem("P-256"),
  P384: pem("P-384"),
  CERT: one.cert,
  OWN_KEY: one.key,
  OTHER_KEY: other.key,
  BREAK: "with a\nbreak",
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function linesOf(yaml: string, variables: Record<string, string> = environment): Promise<string[]> {
  const { problems } = await loadTargetYaml(`url: https://a.example/\n${yaml}\n`, variables);
  expect(JSON.stringify(problems)).not.toContain("s3cr3t");
  return problems.map(
    ({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`,
  );
}

describe("check tells what is wrong with a target", () => {
  it.each<[what: string, yaml: string, place: string, ...pieces: string[]]>([
    [
      "bounds that are the wrong way round",
      "concurrency: { min: 9, max: 3 }",
      "2:21 RULE_VALUE_INVALID",
      "`concurrency.min` (9) is greater than `concurrency.max` (3).",
    ],
    ["a bound that is missing", "concurrency: { max: 3 }", "2:14 RULE_KEY_MISSING", "`min`"],
    ["no places at all", "concurrency: 0", "2:14 RULE_VALUE_INVALID", "/concurrency"],
    [
      "a misspelt key of a breaker",
      "breaker: { failurRate: 0.3 }",
      "2:12 RULE_KEY_UNKNOWN",
      "Did you mean `failureRate`?",
    ],
    [
      "a part that is more than all",
      "breaker: { failureRate: 50 }",
      "2:25 RULE_VALUE_INVALID",
      "/breaker/failureRate",
    ],
    ["a limit without a time", "limit: { count: 5 }", "2:8 RULE_KEY_MISSING", "`perSeconds`"],
    [
      "a burst of nothing",
      "limit: { count: 5, perSeconds: 1, burst: 0 }",
      "2:42 RULE_VALUE_INVALID",
      "/limit/burst",
    ],
    [
      "advice for longer than a day",
      "advice: { maxSeconds: 1e9 }",
      "2:23 RULE_VALUE_INVALID",
      "/advice/maxSeconds",
    ],
    [
      "an unknown kind of auth",
      "auth: { type: oauth, token: x }",
      "2:15 RULE_VALUE_INVALID",
      "`/auth/type` must be one of",
      "Did you mean `oauth2`?",
    ],
    [
      "an unknown key of a kind",
      "auth: { type: gitlab, token: '${KEY}', sud: x }",
      "2:40 RULE_KEY_UNKNOWN",
      "`sud`",
      "Did you mean `sudo`?",
    ],
    [
      "a missing key of a kind",
      "auth: { type: oauth2, tokenUrl: 'https://i.example/', clientId: x }",
      "2:7 RULE_KEY_MISSING",
      "`clientSecret`",
    ],
    [
      "a secret that is not set",
      "auth: { type: bearer, token: '${NOBODY}' }",
      "2:31 RULE_VARIABLE_UNSET",
      "`NOBODY` is not set.",
    ],
    [
      "a secret that is written",
      "auth: { type: basic, user: a, password: s3cr3t }",
      "2:41 RULE_SECRET_WRITTEN",
      "`/auth/password`",
    ],
    [
      "a secret that is written in a list",
      "auth: { type: standard-webhooks, secrets: ['${HOOK}', whsec_czNjcjN0] }",
      "2:55 RULE_SECRET_WRITTEN",
      "`/auth/secrets/1`",
    ],
    [
      "a token URL that is none",
      "auth: { type: oauth2, tokenUrl: i.example, clientId: x, clientSecret: '${KEY}' }",
      "2:33 RULE_VALUE_INVALID",
      "`/auth/tokenUrl` must be an absolute http(s) URL",
    ],
    [
      "an unknown provider",
      "auth: { type: signature, provider: githab, secrets: ['${KEY}'] }",
      "2:36 RULE_PROVIDER_UNKNOWN",
      "Did you mean `github`?",
    ],
    [
      "a provider and a scheme",
      "auth: { type: signature, secrets: ['${KEY}'] }",
      "2:7 RULE_VALUE_INVALID",
      "one of `provider` and `scheme`",
    ],
    [
      "a scheme that is none",
      "auth: { type: signature, secrets: ['${KEY}'], scheme: { kind: hmc, from: 'header:x' } }",
      "2:63 RULE_VALUE_INVALID",
      "Did you mean `hmac`?",
    ],
    [
      "a scheme with an unknown token",
      "auth: { type: signature, secrets: ['${KEY}'], scheme: { kind: hmac, from: 'header:x', content: '{bdy}' } }",
      "2:55 RULE_CREDENTIAL_INVALID",
      "`{bdy}`",
    ],
    [
      "a secret that is no key of the scheme",
      "auth: { type: signature, provider: standard-webhooks, secrets: ['${KEY}'] }",
      "2:36 RULE_CREDENTIAL_INVALID",
      "secret 1 is no key",
    ],
    [
      "a secret of Standard Webhooks that is none",
      "auth: { type: standard-webhooks, secrets: ['${KEY}'] }",
      "2:43 RULE_CREDENTIAL_INVALID",
      "secret 1 must be `whsec_`",
    ],
    [
      "a key that is no PEM",
      "auth: { type: jwt, algorithm: ES256, key: '${KEY}' }",
      "2:43 RULE_CREDENTIAL_INVALID",
      "a private key as PEM",
    ],
    [
      "a key on another curve",
      "auth: { type: jwt, algorithm: ES256, key: '${P384}' }",
      "2:43 RULE_CREDENTIAL_INVALID",
      "prime256v1",
      "secp384r1",
    ],
    [
      "a key of another type",
      "jws: { algorithm: RS256, key: '${P256}' }",
      "2:31 RULE_CREDENTIAL_INVALID",
      "of type rsa for RS256, got one of type ec",
    ],
    [
      "a shared key of another length",
      "jwe: { algorithm: dir, key: '${SHORT}' }",
      "2:29 RULE_CREDENTIAL_INVALID",
      "32 bytes in base64 for dir, got 3 bytes",
    ],
    [
      "a certificate that is none",
      "tls: { ca: '${KEY}' }",
      "2:12 RULE_CREDENTIAL_INVALID",
      "certificates as PEM",
    ],
    [
      "a key that does not belong to the certificate",
      "tls: { certificate: '${CERT}', key: '${OTHER_KEY}' }",
      "2:37 RULE_CREDENTIAL_INVALID",
      "does not belong to the certificate",
    ],
    ["a certificate without a key", "tls: { certificate: '${CERT}' }", "2:6 RULE_KEY_MISSING", "together"],
    [
      "an unknown format",
      "format: { type: yaml }",
      "2:17 RULE_VALUE_INVALID",
      "`/format/type` must be one of",
    ],
    [
      "an unknown key of a format",
      "format: { type: xml, rot: a }",
      "2:22 RULE_KEY_UNKNOWN",
      "Did you mean `root`?",
    ],
    [
      "an attribute that is the router's",
      "format: { type: cloudevents, attributes: { specversion: '2' } }",
      "2:44 RULE_VALUE_INVALID",
      "`specversion`",
    ],
    [
      "a syntax error in an attribute",
      "format: { type: cloudevents, attributes: { subject: '{{ a b }}' } }",
      "2:59 RULE_SYNTAX_INVALID",
    ],
    ["a syntax error in a header", "headers: { x-a: 'by {{ a b }}' }", "2:26 RULE_SYNTAX_INVALID"],
    [
      "a syntax error in the query",
      "query: { q: '{{ $uppercas(a) }}' }",
      "2:17 RULE_FUNCTION_UNKNOWN",
      "`$uppercas`",
    ],
    [
      "a hop-by-hop header",
      "headers: { Transfer-Encoding: chunked }",
      "2:12 RULE_HEADER_REFUSED",
      "`transfer-encoding`",
    ],
    ["a host", "headers: { host: '{{ a }}' }", "2:12 RULE_HEADER_REFUSED", "`host`"],
    ["a length", "headers: { content-length: '1' }", "2:12 RULE_HEADER_REFUSED", "`content-length`"],
    [
      "a proxy's header",
      "headers: { X-Forwarded-For: 10.0.0.1 }",
      "2:12 RULE_HEADER_REFUSED",
      "`x-forwarded-for`",
    ],
    [
      "a header that the signature sets",
      "headers: { X-Hub-Signature-256: x }\nauth: { type: signature, provider: github, secrets: ['${KEY}'] }",
      "2:12 RULE_HEADER_REFUSED",
      "set by `auth` already",
    ],
    [
      "a header that the compression sets",
      "headers: { Content-Encoding: br }\ncompress: gzip",
      "2:12 RULE_HEADER_REFUSED",
      "set by `compress` already",
    ],
    [
      "a header that CloudEvents sets",
      "headers: { ce-id: x }\nformat: { type: cloudevents }",
      "2:12 RULE_HEADER_REFUSED",
      "set by `format` already",
    ],
    [
      "a secret with a line break",
      "auth: { type: bearer, token: '${BREAK}' }",
      "2:30 RULE_VALUE_INVALID",
      "characters that no header may hold",
    ],
    ["another compression", "compress: brotli", "2:11 RULE_VALUE_INVALID", '`/compress` must be "gzip"'],
  ])("%s", async (_, yaml, place, ...pieces) => {
    const lines = await linesOf(yaml, { ...environment, SHORT: "AAAA", HOOK: "whsec_AAAA" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(`targets/api.yaml:${place} `);
    for (const piece of pieces) expect(lines[0]).toContain(piece);
  });

  it("a secret's file that cannot be read", async () => {
    const lines = await linesOf("auth: { type: bearer, token: '${GONE}' }", {
      GONE_FILE: join(folder, "gone"),
    });
    expect(lines).toEqual([
      expect.stringContaining(
        "RULE_VARIABLE_UNSET The variable `GONE` is not set, and no file can be read where `GONE_FILE` says.",
      ),
    ]);
  });
});

describe("a secret from a file", () => {
  it("is followed without a restart, and looked at again at once where the target refuses it", async () => {
    const http = loopbackHttp();
    const target = await aTarget();
    const file = join(folder, "token");
    writeFileSync(file, "first-token\n");
    const { workspace, problems } = await loadTargetYaml(
      `url: ${target.url}\nauth: { type: bearer, token: "\${TOKEN}" }\n`,
      { TOKEN_FILE: file },
    );
    expect(problems).toEqual([]);
    let good = "first-token";
    target.answer = (arrival, ...rest) =>
      status(arrival.headers["authorization"] === `Bearer ${good}` ? 200 : 401)(arrival, ...rest);
    expect((await attemptOn(workspace, {}, http)).attempt.status).toBe(200);
    good = "second-token";
    expect((await attemptOn(workspace, {}, http)).attempt.status).toBe(401);
    writeFileSync(file, "second-token");
    // The files were looked at a moment ago: it is the 401 that has them looked at again.
    const before = target.arrivals.length;
    expect((await attemptOn(workspace, {}, http)).attempt.status).toBe(200);
    expect(target.arrivals.length - before).toBe(2);
    writeFileSync(file, "");
    rmSync(file);
    expect((await attemptOn(workspace, {}, http)).attempt.status).toBe(200);
    await http.close();
    await target.close();
  });

  it("is one of a source too, and a public key may stand in a target's file", async () => {
    const hook = join(folder, "hook");
    writeFileSync(hook, "a hook's secret\n");
    const shown = createPublicKey(environment.P256).export({ format: "pem", type: "spki" }).toString();
    const { workspace, problems } = await loadTargetYaml(
      `url: https://a.example/\njwe: { algorithm: ECDH-ES, key: ${JSON.stringify(shown)} }\n`,
      { HOOK_FILE: hook },
      { files: { "sources/github.yaml": "provider: github\nsecrets: ['${HOOK}']\n" } },
    );
    expect(problems).toEqual([]);
    expect(workspace!.sources.get("github")!.file.secrets).toEqual(["a hook's secret"]);
  });

  it("that holds what is no key any more is not taken: the one before stays", async () => {
    const http = loopbackHttp();
    const target = await aTarget();
    const file = join(folder, "key.pem");
    writeFileSync(file, environment.P256);
    const { workspace } = await loadTargetYaml(
      `url: ${target.url}\nauth: { type: jwt, algorithm: ES256, key: "\${SIGN}" }\n`,
      { SIGN_FILE: file },
    );
    writeFileSync(file, "half a");
    target.answer = status(401);
    const { attempt } = await attemptOn(workspace, {}, http);
    expect([attempt.status, target.arrivals.length]).toEqual([401, 1]);
    await http.close();
    await target.close();
  });
});

it("a `format` that is a word, not an object, is told the form once", async () => {
  const formatOf = async (format: string): Promise<string> => (await linesOf(`format: ${format}`)).join("\n");
  expect(await formatOf("json")).toContain(
    "`/format` must be an object, such as `{ type: json }`, got text of 4 characters.",
  );
  expect(await formatOf("yaml")).toContain("`/format` must be an object, got text of 4 characters.");
});
