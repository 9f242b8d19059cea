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
import { isProvidersKey, makeTrialKey, publicSecret } from "../../src/providers/trial-key.ts";
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

/** What a source of the provider must say besides its secrets. */
const CONFIG: Record<string, Readonly<Record<string, string>>> = {
  "aws-sns": { topicArn: "arn:aws:sns:eu-west-1:123456789012:others" },
  paypal: { webhookId: "4JH86294D6297351H" },
};

/** Private keys by the public ones that `secretFor` has given out. */
const privateKeys = new Map<string, string>();
const publicKeys = new Map<string, string>();

/** A secret in the form that the provider gives out, different for each word. */
export function secretFor(id: string, word: string): string {
  const { scheme } = providerOf(id).schemes[0]!;
  if (isProvidersKey(scheme)) {
    const known = publicKeys.get(`${id} ${word}`);
    if (known !== undefined) return known;
    const pem = makeTrialKey(scheme);
    const secret = publicSecret(scheme, pem);
    publicKeys.set(`${id} ${word}`, secret);
    privateKeys.set(secret, pem);
    return secret;
  }
  const { decode = "utf8", stripPrefix = "" } = scheme.key ?? {};
  if (decode === "base64" || decode === "hex")
    return stripPrefix + Buffer.from(word.padEnd(24, "-")).toString(decode);
  return scheme.kind === "basic" ? `user:${word}` : word;
}

/** Where samples are sent to, as registered at the provider. */
export const URL_CALLED = "http://127.0.0.1:8080/hooks/x";

export function providerOf(id: string): Provider {
  return findProvider(id)!;
}

export function schemeOf(id: string, credentials: Credentials): Scheme {
  return chooseScheme(providerOf(id), given(id, credentials))!;
}

/** The credentials with what the provider needs besides. */
export function given(id: string, credentials: Credentials): Credentials {
  return { url: URL_CALLED, ...(CONFIG[id] && { config: CONFIG[id] }), ...credentials };
}

/** The provider's sample of a type (its first by default), new and signed. */
export function signedSample(
  id: string,
  credentials: Credentials,
  type = sampleTypes(id)[0]!,
  nowMs = NOW,
): Draft {
  const draft = draftSample(findSample(id, type)!, URL_CALLED, {
    uuid: randomUUID(),
    nowMs,
  });
  const full = given(id, credentials);
  const secrets = full.secrets.map((secret) => privateKeys.get(secret) ?? secret);
  return sign(schemeOf(id, full), draft, { ...full, secrets }, nowMs);
}
