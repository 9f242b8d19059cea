/** The engine's edges: what is refused, with which cause, and what is signed. */
import { createHash, createHmac, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compileFormat } from "../../src/core/schema.ts";
import { schemeSchema } from "../../src/providers/scheme.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import type { Credentials } from "../../src/providers/verdict.ts";
import { compileScheme, verify } from "../../src/providers/verify.ts";
import { aRequest, NOW } from "./request.ts";

const KEY = "secret";
const mac = (text: string | Buffer, hash = "sha256", key: string | Buffer = KEY) =>
  createHmac(hash, key).update(text).digest();
const hmac: Scheme = { kind: "hmac", from: "header:x-signature" };
const secrets: Credentials = { secrets: [KEY] };

function check(scheme: Scheme, request: ReturnType<typeof aRequest>, credentials: Credentials = secrets) {
  return verify(scheme, request, credentials, NOW);
}

describe("signatures", () => {
  const good = mac("{}").toString("hex");

  test.each([
    ["lower-case hex", good, "ok"],
    ["upper-case hex", good.toUpperCase(), "ok"],
    ["a digit short", good.slice(1), "malformed"],
    ["a byte short", good.slice(2), "malformed"],
    ["a byte more", `${good}00`, "malformed"],
    ["trailing text", `${good} `, "malformed"],
    ["another alphabet", mac("{}").toString("base64"), "malformed"],
    ["empty", "", "missing"],
    ["longer than 8 KiB", good.repeat(130), "malformed"],
    ["of another body", mac("[]").toString("hex"), "mismatch"],
    [
      "by another hash in the right one's length",
      mac("{}", "sha512").toString("hex").slice(0, 64),
      "mismatch",
    ],
  ])("hex: %s → %s", (_, signature, cause) => {
    const verdict = check(hmac, aRequest([["X-Signature", signature]]));
    expect(verdict.ok ? "ok" : verdict.cause).toBe(cause);
  });

  test("base64 has one spelling for each value", () => {
    const scheme: Scheme = { ...hmac, encoding: "base64" };
    const text = mac("{}").toString("base64");
    const alias = text.slice(0, -2) + String.fromCharCode(text.charCodeAt(text.length - 2) + 1) + "=";
    expect(Buffer.from(alias, "base64").equals(mac("{}"))).toBe(true);
    expect(check(scheme, aRequest([["x-signature", text]])).ok).toBe(true);
    for (const other of [alias, text.slice(0, -1), ` ${text}`, `${text}\n`, text.replace(/=$/, "==")]) {
      expect(check(scheme, aRequest([["x-signature", other]])), other).toMatchObject({
        ok: false,
        cause: "malformed",
      });
    }
  });

  test.each(["base64url", "base64hex"] as const)("%s", (encoding) => {
    const bytes = mac("{}");
    const text =
      encoding === "base64hex"
        ? Buffer.from(bytes.toString("hex")).toString("base64")
        : bytes.toString("base64url");
    expect(check({ ...hmac, encoding }, aRequest([["x-signature", text]])).ok).toBe(true);
  });

  test("a prefix must be there, as it is written", () => {
    const scheme: Scheme = { ...hmac, prefix: "sha256=" };
    expect(check(scheme, aRequest([["x-signature", `sha256=${good}`]])).ok).toBe(true);
    for (const other of [good, `SHA256=${good}`, `sha1=${good}`])
      expect(check(scheme, aRequest([["x-signature", other]]))).toMatchObject({ cause: "malformed" });
  });

  test("a header that was sent twice is refused, even when both are right; a list takes both", () => {
    const twice = aRequest([
      ["X-Signature", good],
      ["x-signature", good],
    ]);
    expect(check(hmac, twice)).toMatchObject({ ok: false, cause: "malformed" });
    const list: Scheme = { ...hmac, list: { separator: " ", pair: ",", field: "v1" } };
    const headers = [
      ["X-Signature", `v1,${"0".repeat(64)}`],
      ["x-signature", `v1,${good}`],
    ] as const;
    expect(check(list, aRequest(headers)).ok).toBe(true);
  });

  test("a list of more than 64 items is not searched", () => {
    const list: Scheme = { ...hmac, list: { separator: "," } };
    const items = (count: number) => [...Array.from({ length: count }, () => "0".repeat(64)), good].join(",");
    expect(check(list, aRequest([["x-signature", items(63)]])).ok).toBe(true);
    expect(check(list, aRequest([["x-signature", items(64)]]))).toMatchObject({
      ok: false,
      cause: "malformed",
    });
  });

  test("several headers, numbered headers, body, query, form and JSON hold signatures", () => {
    expect(check({ ...hmac, from: ["header:a", "header:b"] }, aRequest([["b", good]])).ok).toBe(true);
    expect(
      check(
        { ...hmac, from: "header:sig-1..100" },
        aRequest([
          ["sig-1", "00".repeat(32)],
          ["Sig-7", good],
        ]),
      ).ok,
    ).toBe(true);
    expect(check({ ...hmac, from: "query:s" }, aRequest([], "{}", `s=${good}`)).ok).toBe(true);
    const of = (text: string) => mac(text).toString("hex");
    expect(
      check({ ...hmac, from: "form:s", content: "{form:id}" }, aRequest([], `id=7&s=${of("7")}`)).ok,
    ).toBe(true);
    expect(
      check(
        { ...hmac, from: "json:a.s", content: "{json:a.id}" },
        aRequest([], `{"a":{"id":7,"s":"${of("7")}"}}`),
      ).ok,
    ).toBe(true);
    expect(check({ kind: "shared-token", from: "body" }, aRequest([], KEY)).ok).toBe(true);
  });

  test("bytes that are no UTF-8 are signed as they are", () => {
    const body = Buffer.from([0xff, 0xfe, 0x00, 0x0a]);
    expect(check(hmac, aRequest([["x-signature", mac(body).toString("hex")]], body)).ok).toBe(true);
  });
});

describe("signed text", () => {
  const signs = (
    content: string,
    text: string,
    request: ReturnType<typeof aRequest>,
    credentials: Credentials = secrets,
  ) =>
    check(
      { ...hmac, content },
      { ...request, headers: { ...request.headers, "x-signature": mac(text).toString("hex") } },
      credentials,
    );

  test.each([
    ["{method} {pathAndQuery}", "POST /hooks/x?b=2&a=1"],
    ["{sha256hex:body}", createHash("sha256").update("b=2&a=1&a=0&a=1").digest("hex")],
    ["{crc32dec:body}", String(crc32("b=2&a=1&a=0&a=1"))],
    ["{sortedForm}", "a0a1b2"],
    ["{query:b}-{form:b}", "2-2"],
    ["{secret}:{config:app}:{config:none|7}", "secret:shop:7"],
    ["{url}", "https://example.com/hook?b=2&a=1"],
    ["{form:absent?}{header:x-id}", "17"],
  ])("%s", (content, text) => {
    const request = aRequest(
      [
        ["x-id", "17"],
        ["content-type", "application/x-www-form-urlencoded"],
      ],
      "b=2&a=1&a=0&a=1",
      "b=2&a=1",
    );
    expect(
      signs(content, text, request, { ...secrets, config: { app: "shop" }, url: "https://example.com/hook" }),
    ).toMatchObject({ ok: true });
  });

  test("the payload of a form is the decoded field, else the body", () => {
    const form = aRequest([["content-type", "application/x-www-form-urlencoded"]], "payload=%7B%7D");
    expect(signs("{payload}", "{}", form).ok).toBe(true);
    expect(signs("{payload}", "{}", aRequest([], "{}")).ok).toBe(true);
  });

  test.each(["{header:x-id}", "{json:id}", "{form:id}", "{query:id}"])(
    "%s that is missing never stands for nothing",
    (token) => {
      expect(signs(`${token}{body}`, "{}", aRequest([]))).toMatchObject({ ok: false, cause: "missing" });
    },
  );

  test("{item:id} that is missing never stands for nothing", () => {
    const each: Scheme = { ...hmac, each: "[]", from: "item:s", content: "{item:id}" };
    const signed = (text: string, item: object) =>
      check(each, aRequest([], JSON.stringify([{ s: mac(text).toString("hex"), ...item }])));
    expect(signed("", {})).toMatchObject({ ok: false, cause: "missing" });
    expect(signed("7", { id: 7 }).ok).toBe(true);
  });

  test("a signed header that was sent twice is not chosen from", () => {
    const request = aRequest([
      ["x-id", "1"],
      ["x-id", "1"],
    ]);
    expect(signs("{header:x-id}", "1", request)).toMatchObject({ ok: false, cause: "missing" });
  });

  test("without the registered URL, a scheme that signs it is unconfigured", () => {
    expect(check({ ...hmac, content: "{url}" }, aRequest([]))).toMatchObject({
      ok: false,
      cause: "unconfigured",
    });
  });

  test.each(["{Body}", "{body", "{unknown}", "body}", "{header x}"])("%s is no template", (content) => {
    expect(() => compileScheme({ ...hmac, content }, secrets)).toThrow(/RULE_VALUE_INVALID/);
  });

  test("every item must verify, and there must be one", () => {
    const scheme: Scheme = { ...hmac, each: "items[]", from: "item:sig", content: "{item:id}" };
    const item = (id: number, of = id) => ({ id, sig: mac(String(of)).toString("hex") });
    const verdict = (items: unknown) => check(scheme, aRequest([], JSON.stringify({ items })));
    expect(verdict([item(1), item(2)])).toEqual({ ok: true, secret: 0 });
    expect(verdict([item(1), item(2, 3)])).toMatchObject({ ok: false, cause: "mismatch" });
    for (const none of [[], undefined, "text", [{}], [null]]) expect(verdict(none).ok).toBe(false);
  });

  test("a body hash in signed text must be the body's", () => {
    const scheme: Scheme = { ...hmac, content: "{url}", bodyHash: { from: "query:h" } };
    const called = (hash: string, body = "{}") =>
      aRequest([["x-signature", mac(`https://e.com/?h=${hash}`).toString("hex")]], body, `h=${hash}`);
    const hash = createHash("sha256").update("{}").digest("hex");
    const credentials = { ...secrets, url: "https://e.com/" };
    expect(check(scheme, called(hash), credentials).ok).toBe(true);
    expect(check(scheme, called(hash, "[]"), credentials)).toMatchObject({ ok: false, cause: "mismatch" });
  });
});

describe("times", () => {
  const scheme = (unit: NonNullable<Scheme["timestamp"]>["unit"]): Scheme => ({
    ...hmac,
    content: "{timestamp}{body}",
    timestamp: { from: "header:x-time", unit, toleranceSeconds: 60 },
  });
  const sent = (time: string) =>
    aRequest([
      ["x-time", time],
      ["x-signature", mac(`${time}{}`).toString("hex")],
    ]);

  test.each([
    ["s", "1772445660", "ok"],
    ["s", "1772445599", "stale"],
    ["s", "1772445721", "stale"],
    ["s", "1772445660.0", "malformed"],
    ["s", "-1", "malformed"],
    ["s", "1e9", "malformed"],
    ["ms", "1772445660999", "ok"],
    ["ms", "1772445660", "stale"],
    ["iso8601", "2026-03-02T10:01:00Z", "ok"],
    ["iso8601", "2026-03-02T11:01:00.123456789+01:00", "ok"],
    ["iso8601", "2026-03-02 10:01:00", "malformed"],
    ["http-date", "Mon, 02 Mar 2026 10:01:00 GMT", "ok"],
    ["http-date", "2026", "malformed"],
  ] as const)("%s %s → %s", (unit, time, cause) => {
    const verdict = check(scheme(unit), sent(time));
    expect(verdict.ok ? "ok" : verdict.cause).toBe(cause);
  });

  test("a time that nobody signed rightly is not even looked at", () => {
    const request = aRequest([
      ["x-time", "7"],
      ["x-signature", "00".repeat(32)],
    ]);
    expect(check(scheme("s"), request)).toMatchObject({ cause: "mismatch" });
  });
});

describe("keys", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const ed25519: Scheme = { kind: "ed25519", from: "header:x-signature" };
  const signed = aRequest([["x-signature", signBytes(null, Buffer.from("{}"), privateKey).toString("hex")]]);
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();

  test.each([
    ["raw hex", { decode: "hex" }, raw.toString("hex")],
    ["raw base64 behind whpk_", { decode: "base64", stripPrefix: "whpk_" }, `whpk_${raw.toString("base64")}`],
    ["raw base64url", { decode: "base64url" }, raw.toString("base64url")],
    [
      "DER in base64",
      { decode: "base64" },
      publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    ],
    ["PEM", { decode: "pem" }, pem],
    ["PEM on one line", {}, pem.replaceAll("\n", "\\n")],
  ] as const)("an Ed25519 key as %s", (_, key, secret) => {
    expect(check({ ...ed25519, key }, signed, { secrets: [secret] })).toEqual({ ok: true, secret: 0 });
  });

  test("a key of another kind, or none, is unconfigured", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString();
    for (const secret of [rsa, "no key", ""]) {
      expect(check({ ...ed25519, key: { decode: "pem" } }, signed, { secrets: [secret] })).toMatchObject({
        cause: "unconfigured",
      });
    }
  });

  test("a mistyped base64 secret is no key, rather than another key", () => {
    const scheme: Scheme = { ...hmac, key: { decode: "base64" } };
    const secret = Buffer.from("0123456789abcdef").toString("base64");
    const request = aRequest([
      ["x-signature", mac("{}", "sha256", Buffer.from("0123456789abcdef")).toString("hex")],
    ]);
    expect(check(scheme, request, { secrets: [secret] }).ok).toBe(true);
    expect(check(scheme, request, { secrets: [`${secret.slice(0, 4)}!${secret.slice(4)}`] })).toMatchObject({
      cause: "unconfigured",
    });
  });

  test("basic: the pair is told apart from its prefix and case; a scheme's name is not", () => {
    const sent = (pair: string, scheme = "Basic") =>
      aRequest([["Authorization", `${scheme} ${Buffer.from(pair).toString("base64")}`]]);
    const credentials = { secrets: ["user:pa:ss"] };
    expect(check({ kind: "basic" }, sent("user:pa:ss"), credentials).ok).toBe(true);
    expect(check({ kind: "basic" }, sent("user:pa:ss", "basic"), credentials).ok).toBe(true);
    for (const pair of ["user:pa", "User:pa:ss", ":", ""])
      expect(check({ kind: "basic" }, sent(pair), credentials).ok).toBe(false);
  });

  test("a token in UTF-8 is compared as bytes", () => {
    const token: Scheme = { kind: "shared-token", from: "header:x-token" };
    const onTheWire = Buffer.from("grün").toString("latin1");
    expect(check(token, aRequest([["x-token", onTheWire]]), { secrets: ["grün"] }).ok).toBe(true);
  });

  test("`verify` follows a change of the configuration", () => {
    const request = aRequest([["x-signature", mac("{}").toString("hex")]]);
    expect(check(hmac, request, { secrets: [KEY] }).ok).toBe(true);
    expect(check(hmac, request, { secrets: ["other"] }).ok).toBe(false);
    const configured: Scheme = { ...hmac, from: "header:{config:header}" };
    const same = [KEY];
    expect(check(configured, request, { secrets: same })).toMatchObject({ cause: "unconfigured" });
    expect(check(configured, request, { secrets: same, config: { header: "x-signature" } }).ok).toBe(true);
  });
});

describe("the scheme's format", () => {
  const validate = compileFormat(schemeSchema);
  test.each([
    [{ kind: "hmac" }],
    [{ kind: "digest", from: "header:x", content: "{body}" }],
    [{ kind: "hmac", from: "header:x", algorithm: "md5" }],
    [{ kind: "jwt", from: "header:x" }],
    [{ kind: "hmac", from: "cookie:x" }],
    [{ kind: "hmac", from: "header:x", contents: "{body}" }],
  ])("refuses %j", (scheme) => {
    expect(validate(structuredClone(scheme))).not.toEqual([]);
  });

  test.each([
    [{ kind: "none" }],
    [{ kind: "basic" }],
    [{ kind: "digest", from: "header:x", algorithm: "md5", content: "{secret}{body}" }],
  ])("takes %j", (scheme) => {
    expect(validate(structuredClone(scheme))).toEqual([]);
  });
});
