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

  test.each(["{bodi}", "{header}x", "{header:}x", "{sha256:body}", "{json:a", "{sns:x}{"])(
    "with the token %s does not compile",
    (content) => {
      expect(() => compileScheme({ ...hmac, content }, secrets)).toThrow(/RULE_VALUE_INVALID/);
    },
  );

  test.each<[string, Scheme, RegExp]>([
    ["a time that it does not place", { ...hmac, content: "{timestamp}.{body}" }, /`timestamp` does not say/],
    ["a field where there is no list", { ...hmac, content: "{sig:t}.{body}" }, /no `list`/],
    ["a time in a list that there is not", { ...hmac, timestamp: { from: "sig:t", unit: "s" } }, /no `list`/],
    ["an item where there are none", { ...hmac, content: "{item:id}" }, /`each` names no items/],
    [
      "a signature in an item where there are none",
      { kind: "hmac", from: "item:s" },
      /`each` names no items/,
    ],
    [
      "a nameless token in what is verified instead",
      { ...hmac, list: { separator: ",", field: "v1" }, weaker: { field: "v0", content: "{json}" } },
      /names nothing/,
    ],
  ])("whose scheme can never verify, since it wants %s, is an error", (_, scheme, sentence) => {
    expect(() => compileScheme(scheme, secrets)).toThrow(sentence);
  });

  test("of the catalogue has schemes that can verify", () => {
    for (const { id, schemes } of listProviders())
      for (const { name, scheme } of schemes)
        expect(() => compileScheme(scheme, secrets), `${id} ${name}`).not.toThrow();
  });

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

  /** The least of some runs: what else the machine does only ever adds to it. */
  const leastMs = (run: () => void): number =>
    Math.min(
      ...Array.from({ length: 7 }, () => {
        const before = performance.now();
        run();
        return performance.now() - before;
      }),
    );
  const listing: readonly Scheme[] = [
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

  test("ten thousand in a header are refused within 50 ms, every way of listing them", () => {
    for (const separator of [",", ", ", " ", ";"]) {
      const value = Array.from({ length: 10_000 }, (_, at) => `v1=${at.toString(16).padStart(64, "0")}`).join(
        separator,
      );
      for (const scheme of listing) {
        expect(check(value, scheme).ok).toBe(false);
        expect(leastMs(() => check(value, scheme))).toBeLessThan(50);
      }
    }
    const short = Array.from({ length: 4_000 }, () => "v").join(",");
    expect(check(short, listing[1])).toMatchObject({ cause: "malformed" });
    expect(leastMs(() => check(short, listing[1]))).toBeLessThan(50);
  });

  test("ten thousand cost no more than the few that are looked at, however they are sent", () => {
    const list: Scheme = { ...hmac, list: { separator: "," } };
    const wrong = (at: number): string => at.toString(16).padStart(64, "0");
    const few = Array.from({ length: 64 }, (_, at) => wrong(at));
    const many = aRequest(Array.from({ length: 10_000 }, (_, at) => ["x-signature", wrong(at)] as const));
    expect(verify(list, many, secrets, NOW)).toMatchObject({ cause: "malformed" });
    const inBody: Scheme = { ...list, from: "json:signatures" };
    const body = JSON.stringify({
      signatures: Array.from({ length: 10_000 }, (_, at) => wrong(at)).join(","),
    });
    const request = aRequest([], body);
    expect(verify(inBody, request, secrets, NOW)).toMatchObject({ cause: "malformed" });
    // 64 are the most that are compared; 10,000 are but counted, which is 156 times as many.
    const looked = leastMs(() => check(few.join(","), list));
    expect(leastMs(() => verify(list, many, secrets, NOW))).toBeLessThan(50 * looked);
  });
});
