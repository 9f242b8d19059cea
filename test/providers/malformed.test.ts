/** Whatever a request holds, verifying it says no and does not throw. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { listProviders } from "../../src/providers/catalogue.ts";
import { matchHandshake } from "../../src/providers/match-handshake.ts";
import { find, locate, open } from "../../src/providers/locate.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import { verify } from "../../src/providers/verify.ts";
import { aRequest, NOW, secretFor } from "./request.ts";
import { researchSchemes } from "./research.ts";

const own: readonly Scheme[] = [
  {
    kind: "hmac",
    from: ["header:x-sig-1..9", "json:a.b", "form:s", "query:s"],
    content: "{json:a[0].b}{form:x}{sortedForm}",
    list: { separator: ",", pair: "=", field: "v1", groups: " " },
  },
  { kind: "hmac", each: "[].items[]", from: "item:s", content: "{item:x?}", encoding: "base64hex" },
  { kind: "hmac", from: "body", timestamp: { from: "json:t", unit: "iso8601", toleranceSeconds: 1 } },
];
const schemes = [
  ...listProviders().flatMap(({ schemes: all }) => all.map(({ scheme }) => scheme)),
  ...researchSchemes().flatMap(({ scheme }) => scheme ?? []),
  ...own,
].filter(({ kind }) => kind !== "none");

const names = [
  ...new Set(
    schemes.flatMap((scheme) =>
      [...JSON.stringify(scheme).matchAll(/header:([A-Za-z0-9-]+)/g)].map((match) => match[1]!.toLowerCase()),
    ),
  ),
];
const junk = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.stringMatching(/^(v1|t|sha256|v0)?[=,:;. ]{0,3}[0-9a-fA-F+/=]{0,70}$/),
  fc.constantFrom(
    "",
    "v1,",
    "v1=",
    "t=1,v1=",
    "Basic ",
    "Bearer ",
    "sha256=",
    "__proto__",
    "1772445660",
    ",,,,",
    "=".repeat(9000),
    "v1,".repeat(900),
  ),
);
const request = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...names, "constructor", "__proto__"), junk), { maxLength: 8 }),
    fc.oneof(
      junk,
      fc.json({ maxDepth: 4 }),
      fc.constantFrom("[".repeat(5000), '{"__proto__":{"a":1}}', "null", "a=1&payload=%", "[[[]]]"),
    ),
    junk,
  )
  .map(([headers, body, query]) => aRequest(headers, body, query));

test("malformed requests are refused by every scheme and throw in none", () => {
  const credentials = {
    secrets: [secretFor("svix", "right"), "user:right", "00".repeat(32)],
    config: { custom: "x-a", keyId: "k" },
    url: "https://example.com/hook?a='",
  };
  fc.assert(
    fc.property(fc.constantFrom(...schemes), request, (scheme, received) => {
      expect(verify(scheme, received, credentials, NOW).ok).toBe(false);
    }),
    { numRuns: 3000 },
  );
});

test("places are found or not found, and never throw", () => {
  const place = fc.oneof(
    fc.constantFrom(
      "json:a.b[0]",
      "json:[0]",
      "json:__proto__.a",
      "form:payload#a.b",
      "query:a",
      "header:constructor",
      "nowhere",
      "json:",
      "a | b",
    ),
    junk,
  );
  fc.assert(
    fc.property(place, request, (where, received) => {
      for (const found of [find(where, open(received)), locate(where, received, { a: { b: [1] } })])
        expect(["string", "undefined"]).toContain(typeof found);
      for (const provider of listProviders()) matchHandshake(provider, received);
    }),
    { numRuns: 1000 },
  );
});
