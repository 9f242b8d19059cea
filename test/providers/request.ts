/** Builders for the providers' tests: drafts, their credentials, and the request that arrives. */
import { randomUUID } from "node:crypto";
import type { Request } from "../../src/core/event.ts";
import { findProvider } from "../../src/providers/catalogue.ts";
import { chooseScheme } from "../../src/providers/provider.ts";
import type { Provider } from "../../src/providers/provider.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import { draftSample, findSample, sampleTypes } from "../../src/providers/samples.ts";
import { asRequest, sign } from "../../src/providers/sign.ts";
import type { Draft } from "../../src/providers/sign.ts";
import type { Credentials } from "../../src/providers/verdict.ts";

/** 2 March 2026, 10:01 UTC. */
export const NOW = 1_772_445_660_000;

/** A POST with these headers, sent in this order; a name that stands twice is a duplicate. */
export function aRequest(
  headers: readonly (readonly [string, string])[],
  body: string | Buffer = "{}",
  query = "",
): Request {
  const joined: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    joined[key] = key in joined ? `${joined[key]}, ${value}` : value;
  }
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return {
    ...asRequest({ method: "POST", url: `/hooks/x?${query}`, headers: joined, body: bytes }),
    rawHeaders: headers.flat(),
  };
}

/** A secret in the form that the provider gives out, different for each word. */
export function secretFor(id: string, word: string): string {
  if (["standard-webhooks", "svix", "gitlab"].includes(id))
    return `whsec_${Buffer.from(word.padEnd(24, "-")).toString("base64")}`;
  return id === "basic" || id === "alertmanager" ? `user:${word}` : word;
}

export function providerOf(id: string): Provider {
  return findProvider(id)!;
}

export function schemeOf(id: string, credentials: Credentials): Scheme {
  return chooseScheme(providerOf(id), credentials)!;
}

/** The provider's sample of a type (its first by default), new and signed. */
export function signedSample(
  id: string,
  credentials: Credentials,
  type = sampleTypes(id)[0]!,
  nowMs = NOW,
): Draft {
  const draft = draftSample(findSample(id, type)!, "http://127.0.0.1:8080/hooks/x", {
    uuid: randomUUID(),
    nowMs,
  });
  return sign(schemeOf(id, credentials), draft, credentials, nowMs);
}
