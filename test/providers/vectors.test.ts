/** Published signatures of real providers: what a correct receiver accepts, and what it must not. */
import { describe, expect, test } from "vitest";
import { findProvider } from "../../src/providers/catalogue.ts";
import { matchHandshake } from "../../src/providers/handshake.ts";
import { chooseScheme } from "../../src/providers/provider.ts";
import { verify } from "../../src/providers/verify.ts";
import { convert, credentialsOf, hasResearch, requestOf, researchSchemes, vectors } from "./research.ts";
import type { Vector } from "./research.ts";

/** The research splits what is one provider here. */
const OURS: Record<string, string> = {
  "gitlab-token": "gitlab",
  "gitlab-signing": "gitlab",
  "slack-commands": "slack-events",
};

const all = vectors();
const records = new Map(
  researchSchemes()
    .reverse()
    .map(({ name, scheme }) => [name, scheme]),
);

function ourProvider(vector: Vector) {
  return vector.scheme === null ? findProvider(OURS[vector.provider] ?? vector.provider) : undefined;
}

function nowOf(vector: Vector): number {
  return (vector.now ?? 1_700_000_000) * 1000;
}

describe.skipIf(!hasResearch)("vectors of ../shared/providers", () => {
  test("there are vectors of twelve shipped providers", () => {
    const providers = new Set(all.map((vector) => ourProvider(vector)?.id).filter((id) => id !== undefined));
    expect(providers.size).toBe(12);
  });

  test.each(
    all.filter((vector) => ourProvider(vector) !== undefined).map((vector) => [vector.id, vector] as const),
  )("shipped provider: %s", (_, vector) => {
    const provider = ourProvider(vector)!;
    const credentials = credentialsOf(vector);
    const verdict = verify(
      chooseScheme(provider, credentials)!,
      requestOf(vector),
      credentials,
      nowOf(vector),
    );
    expect(verdict.ok, JSON.stringify(verdict)).toBe(vector.expected);
    if (vector.response === undefined) return;
    const handshake = matchHandshake(provider, requestOf(vector));
    expect(handshake).toMatchObject({ auth: "signature", reply: vector.response });
  });

  const others = all.filter((vector) => vector.kind !== "handshake" && ourProvider(vector) === undefined);
  const readable = others.filter(
    (vector) => (vector.scheme ? convert(vector.scheme) : records.get(vector.provider)) !== undefined,
  );

  test.each(readable.map((vector) => [vector.id, vector] as const))("research record: %s", (_, vector) => {
    const scheme = vector.scheme === null ? records.get(vector.provider)! : convert(vector.scheme)!;
    const verdict = verify(scheme, requestOf(vector), credentialsOf(vector), nowOf(vector));
    expect(verdict.ok, JSON.stringify(verdict)).toBe(vector.expected);
  });

  test("the engine reads every vector but those of providers that need code, a JWT or a fetched key", () => {
    const left = others.filter((vector) => !readable.includes(vector)).map((vector) => vector.provider);
    expect([...new Set(left)].sort()).toEqual(
      ["aws-sns", "braintree", "hook0", "netlify", "paypal"].filter((id) => left.includes(id)),
    );
    expect(
      all.length -
        left.length -
        all.filter((vector) => vector.kind === "handshake" && !ourProvider(vector)).length,
    ).toBe(150);
  });
});
