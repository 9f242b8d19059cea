/** Bad records and bad requests: a clear error or the right verdict, quickly. */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { compileFormat } from "../../src/core/schema.ts";
import { listProviders } from "../../src/providers/catalogue.ts";
import { providerSchema } from "../../src/providers/provider.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import { compileScheme, credentialProblem, verify } from "../../src/providers/verify.ts";
import { aRequest, NOW, providerOf } from "./request.ts";

const hmac: Scheme = { kind: "hmac", from: "header:x-signature" };
const secrets = { secrets: ["secret"] };
const good = createHmac("sha256", "secret").update("{}").digest("hex");

describe("a provider's file", () => {
  const validate = compileFormat(providerSchema);
  const changed = (change: object) => validate({ ...structuredClone(providerOf("github")), ...change });

  test.each([
    ["an unknown key", { signature: {} }, "signature"],
    [
      "a scheme without a place for its signature",
      { schemes: [{ name: "a", scheme: { kind: "hmac" } }] },
      "from",
    ],
    ["a token without demands", { schemes: [{ name: "a", scheme: { kind: "jwt", from: "body" } }] }, "jwt"],
    [
      "a plain hash without the secret, which anybody could make",
      { schemes: [{ name: "a", scheme: { kind: "digest", from: "header:x", content: "{body}" } }] },
      "content",
    ],
    [
      "a token of no algorithm",
      { schemes: [{ name: "a", scheme: { kind: "jwt", from: "body", jwt: { algorithm: "none" } } }] },
      "algorithm",
    ],
    ["an HTML answer", { response: { status: 200, contentType: "text/html" } }, "contentType"],
    ["a guess instead of a confidence", { confidence: "probably" }, "confidence"],
    [
      "a pattern that is not whole",
      {
        handshake: [{ match: [{ at: "query:a", pattern: "[a-z]+" }], auth: "none", reply: { status: 200 } }],
      },
      "pattern",
    ],
    ["no scheme", { schemes: [] }, "schemes"],
  ])("with %s is refused", (_, change, where) => {
    const problems = changed(change);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).toContain(where);
  });

  test.each(["{bodi}", "{header}x", "{sha256:body}", "{json:a", "{sns:x}{"])(
    "with the token %s does not compile",
    (content) => {
      const compile = () => compileScheme({ ...hmac, content }, secrets);
      if (content === "{header}x") expect(compile()(aRequest([["x-signature", good]]), NOW).ok).toBe(false);
      else expect(compile).toThrow(/RULE_VALUE_INVALID/);
    },
  );

  test("that takes keys from a URL in the request names whole URLs of hosts", () => {
    for (const { id, schemes } of listProviders()) {
      for (const { scheme } of schemes) {
        const fetch = scheme.key?.fetch;
        if (fetch === undefined || !/\{(?!config:|kid\})/.test(fetch.url)) continue;
        expect(fetch.hosts, id).toBeDefined();
        for (const host of fetch.hosts!) expect(host, id).toMatch(/^\^https:\/\/[^/]*\.[^/]*\/.*\$$/);
      }
    }
  });
});

describe("secrets", () => {
  test.each([[""], ["", ""]])("that are empty verify nothing: %j", (...given) => {
    const credentials = { secrets: given };
    const empty = createHmac("sha256", "").update("{}").digest("hex");
    expect(verify(hmac, aRequest([["x-signature", empty]]), credentials, NOW)).toMatchObject({
      cause: "unconfigured",
    });
    expect(credentialProblem(hmac, credentials)).toBe("`secrets` is empty");
  });
});

describe("signatures", () => {
  const check = (value: string, scheme: Scheme = hmac) =>
    verify(scheme, aRequest([["x-signature", value]]), secrets, NOW);

  test("in upper case are right; twice, in another spelling or with what does not belong there are not", () => {
    expect(check(good.toUpperCase()).ok).toBe(true);
    const twice = aRequest([
      ["x-signature", good],
      ["X-Signature", good],
    ]);
    expect(verify(hmac, twice, secrets, NOW)).toMatchObject({ cause: "malformed" });
    const base64: Scheme = { ...hmac, encoding: "base64" };
    const text = Buffer.from(good, "hex").toString("base64");
    expect(check(text, base64).ok).toBe(true);
    const alias = `${text.slice(0, -2)}${String.fromCharCode(text.charCodeAt(text.length - 2) + 1)}=`;
    for (const other of [alias, text.replace("=", ""), `${text}=`, text.toLowerCase()])
      expect(check(other, base64).ok, other).toBe(false);
    for (const text of ["no-secret-provided", "null", "undefined", "0", good.slice(2)])
      expect(check(text).ok).toBe(false);
  });

  test("ten thousand in a header are refused within 50 ms, every way of listing them", () => {
    const schemes: Scheme[] = [
      hmac,
      { ...hmac, list: { separator: "," } },
      { ...hmac, list: { separator: ",", pair: "=", field: "v1" } },
      { ...hmac, list: { separator: ",", pair: "=", field: "v1", groups: " " } },
      {
        ...hmac,
        list: { separator: ",", pair: "=", field: "v1" },
        weaker: { field: "v0", content: "{body}" },
      },
      { ...hmac, list: { separator: ",", position: 1 } },
    ];
    for (const separator of [",", ", ", " ", ";"]) {
      const value = Array.from({ length: 10_000 }, (_, at) => `v1=${at.toString(16).padStart(64, "0")}`).join(
        separator,
      );
      for (const scheme of schemes) {
        const before = performance.now();
        const verdict = check(value, scheme);
        expect(verdict.ok).toBe(false);
        expect(performance.now() - before).toBeLessThan(50);
      }
    }
    const short = Array.from({ length: 4_000 }, () => "v").join(",");
    const before = performance.now();
    expect(check(short, schemes[1]).ok).toBe(false);
    expect(performance.now() - before).toBeLessThan(50);
  });
});
