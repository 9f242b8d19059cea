/** Each known mistake is found, for the operator, and nothing that is secret is told. */
import { describe, expect, test } from "vitest";
import { diagnose, type Surroundings } from "../../src/providers/diagnose.ts";
import { diagnoseToken } from "../../src/providers/diagnose-token.ts";
import { asRequest, sign, type Draft } from "../../src/providers/sign.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import type { Credentials, Refusal } from "../../src/providers/verdict.ts";
import { verify } from "../../src/providers/verify.ts";
import { NOW, providerOf, schemeOf, signedSample } from "./request.ts";

const ALONE: Surroundings = { formerSecrets: [], otherSecrets: [], otherSchemes: [] };
const RAW = "0123456789abcdefghijklmn";
const BASE64 = Buffer.from(RAW).toString("base64");

interface Told {
  readonly scheme: Scheme;
  readonly draft: Draft;
  readonly credentials: Credentials;
  readonly surroundings?: Surroundings;
  readonly now?: number;
}

/** What the operator is told of a request that is refused. */
function told({ scheme, draft, credentials, surroundings = ALONE, now = NOW }: Told): string | undefined {
  const request = asRequest(draft);
  const verdict = verify(scheme, request, credentials, now);
  expect(verdict.ok).toBe(false);
  const sentence = diagnose(scheme, request, credentials, verdict as Refusal, now, surroundings);
  const secrets = [
    ...credentials.secrets,
    ...surroundings.formerSecrets.map(({ secret }) => secret),
    ...surroundings.otherSecrets.flatMap((one) => one.secrets),
  ];
  for (const secret of [...secrets, RAW, BASE64])
    if (secret.length > 3) expect(sentence ?? "").not.toContain(secret);
  expect(sentence ?? "").not.toMatch(/[0-9a-f]{32}/);
  return sentence;
}

function without(name: string, headers: Draft["headers"]): Draft["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}

/** A provider's sample signed with one secret and checked with another. */
function configured(
  id: string,
  signedWith: string,
  has: string,
  config?: Record<string, string>,
): string | undefined {
  const signing = { secrets: [signedWith], ...(config && { config }) };
  const credentials = { secrets: [has], ...(config && { config }) };
  return told({ scheme: schemeOf(id, signing), draft: signedSample(id, signing), credentials });
}

describe("the secret", () => {
  test.each([
    ["github", "right-secret", "right-secret\n", /white space or a line break/],
    ["github", "right-secret", "  right-secret", /white space or a line break/],
    ["github", "right-secret", '"right-secret"', /quotes/],
    ["github", "right-secret", "'right-secret'\n", /quotes/],
    ["github", "right-secret\n", "right-secret", /lacks a line break/],
    ["github", "a b", "a%20b", /percent codes/],
    ["stripe", RAW, BASE64, /base64 and was not decoded/],
    ["stripe", RAW, `whsec_${BASE64}`, /prefix and base64 and was not decoded/],
    ["github", RAW, Buffer.from(RAW).toString("hex"), /hex and was not decoded/],
    ["bearer", "token-1234", "Bearer token-1234", /authentication scheme's name/],
    ["shared-token", "token-1234", "token-1234\n", /white space/],
    ["basic", "user:pa ss", "user:pa%20ss", /percent codes/],
  ])("%s signed with %j, configured as %j", (id, signedWith, has, sentence) => {
    expect(configured(id, signedWith, has)).toMatch(sentence);
  });

  test("a whsec_ secret that the sender uses as the text it is, where it was decoded", () => {
    const text = `whsec_${BASE64}`;
    const asText: Scheme = { ...schemeOf("svix", { secrets: [text] }), key: { decode: "utf8" } };
    const unsigned = signedSample("svix", { secrets: [text] });
    const draft = sign(asText, unsigned, { secrets: [text] }, NOW);
    const scheme = schemeOf("svix", { secrets: [text] });
    expect(told({ scheme, draft, credentials: { secrets: [text] } })).toMatch(/the text as it stands/);
  });

  test("of several, the one that is meant is named by its place", () => {
    const scheme = schemeOf("github", { secrets: ["right"] });
    const draft = signedSample("github", { secrets: ["right"] });
    expect(told({ scheme, draft, credentials: { secrets: ["other", "right\n"] } })).toMatch(/^secret 2 has/);
  });

  test("the previous one: the day on which it was replaced is told", () => {
    const scheme = schemeOf("github", { secrets: ["right-1"] });
    const draft = signedSample("github", { secrets: ["right-1"] });
    const former = (secret: string, day: string) => ({ secret, until: Date.parse(`${day}T10:00:00Z`) });
    const formerSecrets = [former("older-1", "2026-02-27"), former("right-1", "2026-02-20")];
    const surroundings = {
      ...ALONE,
      formerSecrets,
      otherSecrets: [{ name: "source `b`", secrets: ["right-1"] }],
    };
    expect(told({ scheme, draft, credentials: { secrets: ["present"] }, surroundings })).toBe(
      "the request is signed with the previous secret, which the source had until 2026-02-20: the sender does not use the new one yet",
    );
  });

  test("another source's", () => {
    const scheme = schemeOf("github", { secrets: ["right-1"] });
    const draft = signedSample("github", { secrets: ["right-1"] });
    const surroundings = {
      ...ALONE,
      otherSecrets: [
        { name: "source `a`", secrets: ["wrong-1"] },
        { name: "source `b`", secrets: ["right-1"] },
      ],
    };
    const credentials = { secrets: ["present"] };
    expect(told({ scheme, draft, credentials, surroundings })).toBe(
      "the request is signed with the secret of source `b`",
    );
  });
});

describe("the signature", () => {
  const scheme = schemeOf("github", { secrets: ["s"] });
  const signed = signedSample("github", { secrets: ["s"] });
  const credentials = { secrets: ["s"] };
  const signature = signed.headers["x-hub-signature-256"]!;
  const resigned = (changed: Scheme): Draft => {
    const headers = without("x-hub-signature-256", signed.headers);
    return sign(changed, { ...signed, headers }, credentials, NOW);
  };

  test("in another header", () => {
    const headers = without("x-hub-signature-256", signed.headers);
    const draft = { ...signed, headers: { ...headers, "x-signature": signature } };
    expect(told({ scheme, draft, credentials })).toMatch(
      /right signature stands in header x-signature, but x-hub-signature-256 is/,
    );
  });

  test("without its prefix", () => {
    const draft = { ...signed, headers: { ...signed.headers, "x-hub-signature-256": signature.slice(7) } };
    expect(told({ scheme, draft, credentials })).toMatch(/behind `` instead of `sha256=`/);
  });

  test("without its prefix, where the header is the source's own and written in capitals", () => {
    const own = { secrets: ["s"], config: { header: "X-Acme-Signature" } };
    const hmac = providerOf("hmac").schemes[0]!.scheme;
    const draft = sign(hmac, { method: "POST", url: "/", headers: {}, body: Buffer.from("{}") }, own, NOW);
    const headers = Object.fromEntries(
      Object.entries(draft.headers).map(([name, value]) => [name, value.replace(/^sha256=/, "")]),
    );
    expect(told({ scheme: hmac, draft: { ...draft, headers }, credentials: own })).toBe(
      "the signature is right, but stands behind `` instead of `sha256=`",
    );
  });

  test("hex for base64", () => {
    const shop = schemeOf("shopify", credentials);
    const unsigned = signedSample("shopify", credentials);
    const headers = without("x-shopify-hmac-sha256", unsigned.headers);
    const draft = sign({ ...shop, encoding: "hex" }, { ...unsigned, headers }, credentials, NOW);
    expect(told({ scheme: shop, draft, credentials })).toMatch(/written as hex instead of base64/);
  });

  test("base64 for hex, and another hash", () => {
    expect(told({ scheme, draft: resigned({ ...scheme, encoding: "base64" }), credentials })).toMatch(
      /written as base64 instead of hex/,
    );
    expect(told({ scheme, draft: resigned({ ...scheme, algorithm: "sha512" }), credentials })).toMatch(
      /signed with sha512, but sha256/,
    );
  });

  test("by another scheme of the provider", () => {
    const [v1, v2] = providerOf("adyen").schemes;
    const key = { secrets: ["44".repeat(32)] };
    const draft = sign(
      v2!.scheme,
      { method: "POST", url: "/", headers: {}, body: Buffer.from("{}") },
      key,
      NOW,
    );
    const surroundings = { ...ALONE, otherSchemes: providerOf("adyen").schemes };
    expect(told({ scheme: v1!.scheme, draft, credentials: key, surroundings })).toContain(
      "config: { scheme: other }",
    );
  });

  test("right, but of another time", () => {
    const slack = schemeOf("slack-events", credentials);
    const draft = signedSample("slack-events", credentials);
    const request = asRequest(draft);
    const verdict = verify(slack, request, credentials, NOW + 3_600_000) as Refusal;
    expect(verdict.detail).toMatch(/3600 s behind the clock/);
    expect(told({ scheme: slack, draft, credentials, now: NOW + 3_600_000 })).toMatch(/clocks is wrong/);
  });

  test("nothing of the kind: nothing is told", () => {
    const draft = { ...signed, body: Buffer.from('{"forged":true}') };
    expect(told({ scheme, draft, credentials })).toBeUndefined();
    expect(told({ scheme, draft: signed, credentials: { secrets: ["quite another"] } })).toBeUndefined();
  });
});

describe("the body", () => {
  const credentials = { secrets: ["s"] };
  const scheme = schemeOf("github", credentials);
  const sent = (original: string, arrived: string): string | undefined => {
    const signed = sign(
      scheme,
      { method: "POST", url: "/", headers: {}, body: Buffer.from(original) },
      credentials,
      NOW,
    );
    return told({ scheme, draft: { ...signed, body: Buffer.from(arrived) }, credentials });
  };

  test.each([
    [
      "written anew without spaces",
      '{"a":1,"b":[1,2]}',
      '{ "a": 1, "b": [ 1, 2 ] }',
      /parsed and written anew/,
    ],
    ["pretty-printed", '{\n  "a": 1\n}', '{"a":1}', /parsed and written anew/],
    ["unescaped", '{"a":"gr\\u00fcn"}', '{"a":"grün"}', /parsed and written anew/],
    ["with plain slashes", '{"a":"http:\\/\\/x"}', '{"a":"http://x"}', /parsed and written anew/],
    ["by Python", '{"a": 1, "b": [1, 2]}', '{"a":1,"b":[1,2]}', /parsed and written anew/],
    ["with other line ends", "a\r\nb\r\n", "a\nb\n", /line ends/],
    ["without its last line break", "[1]\r\n", "[1]", /line break at its end was removed/],
    ["with one more", "[1]", "[1]\n", /line break was added/],
    ["without its byte order mark", "\ufeff{}", "{}", /byte order mark/],
  ])("%s", (_, original, arrived, sentence) => {
    expect(sent(original, arrived)).toMatch(sentence);
  });
});

test("a token: the secret's spelling, another source's, another algorithm", async () => {
  const scheme = schemeOf("netlify", { secrets: ["right-1"] });
  const draft = sign(
    scheme,
    { method: "POST", url: "/", headers: {}, body: Buffer.from("{}") },
    { secrets: ["right-1"] },
    NOW,
  );
  const of = (secret: string, surroundings = ALONE, demanded = scheme) =>
    diagnoseToken(demanded, asRequest(draft), { secrets: [secret] }, surroundings);
  expect(await of("right-1\n")).toMatch(/^the secret has white space/);
  expect(await of('"right-1"')).toMatch(/quotes/);
  expect(await of("wrong")).toBeUndefined();
  const others = { ...ALONE, otherSecrets: [{ name: "source `b`", secrets: ["right-1"] }] };
  expect(await of("wrong", others)).toBe("the token is signed with the secret of source `b`");
  const rotated = { ...others, formerSecrets: [{ secret: "right-1", until: NOW }] };
  expect(await of("wrong", rotated)).toMatch(/^the token is signed with the previous secret, .* 2026-03-02/);
  const other: Scheme = { ...scheme, jwt: { ...scheme.jwt!, algorithm: "HS512" } };
  expect(await of("right-1", ALONE, other)).toBe("the token is signed with HS256, but HS512 is demanded");
});

test("the URL that is registered is another", () => {
  const scheme = schemeOf("square", { secrets: ["s"], url: "https://a.example/hooks/square" });
  const signed = sign(
    scheme,
    {
      method: "POST",
      url: "https://a.example/hooks/square",
      headers: { host: "a.example" },
      body: Buffer.from("{}"),
    },
    { secrets: ["s"], url: "https://a.example/hooks/square" },
    NOW,
  );
  const has = (url: string) => told({ scheme, draft: signed, credentials: { secrets: ["s"], url } });
  expect(has("https://a.example/hooks/square/")).toMatch(
    /right for `https:\/\/a.example\/hooks\/square`.*no slash/,
  );
  expect(has("http://a.example/hooks/square")).toMatch(/begins with https/);
  expect(has("https://inside.local:8080/x")).toMatch(/another host, path or protocol is registered/);
});

test("a diagnosis of a large body does not hold up the router", () => {
  const credentials = { secrets: ["wrong-secret"] };
  const scheme = schemeOf("github", credentials);
  const body = Buffer.from(
    JSON.stringify({ items: Array.from({ length: 4000 }, (_, id) => ({ id, text: "x".repeat(40) })) }),
  );
  const draft = sign(scheme, { method: "POST", url: "/", headers: {}, body }, { secrets: ["right"] }, NOW);
  const before = performance.now();
  expect(told({ scheme, draft, credentials })).toBeUndefined();
  expect(performance.now() - before).toBeLessThan(600);
});
