/** Published signatures and challenges of real providers: what a correct receiver accepts and answers, and what it must not. */
import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { FetchText } from "../../src/core/fetch-text.ts";
import { findProvider } from "../../src/providers/catalogue.ts";
import { find, open } from "../../src/providers/locate.ts";
import { matchHandshake } from "../../src/providers/match-handshake.ts";
import { chooseScheme } from "../../src/providers/provider.ts";
import type { Scheme } from "../../src/providers/scheme.ts";
import type { Credentials, Verdict } from "../../src/providers/verdict.ts";
import { verifyFetched } from "../../src/providers/verify-fetched.ts";
import { convert, credentialsOf, hasResearch, requestOf, vectors } from "./research.ts";
import type { Vector } from "./research.ts";

/** The research splits what is one provider here. */
const OURS: Record<string, string> = {
  "gitlab-token": "gitlab",
  "gitlab-signing": "gitlab",
};

const all = vectors();

function ourProvider(vector: Vector) {
  return findProvider(OURS[vector.provider] ?? vector.provider);
}

/** A certificate is no secret: it is what the provider's host answers. */
function isCertificate({ publicKey }: Vector): boolean {
  return publicKey?.startsWith("-----BEGIN CERTIFICATE-----") === true;
}

/** What a receiver would have in its source; for SNS, the topic and version of the message. */
function configured(vector: Vector): Credentials {
  const credentials = credentialsOf(vector);
  if (!isCertificate(vector)) return credentials;
  const opened = open(requestOf(vector));
  const topicArn = find("json:TopicArn", opened);
  const version = find("json:SignatureVersion", opened);
  const config = { ...credentials.config, ...(topicArn && { topicArn, scheme: `v${version}` }) };
  return { secrets: [], config };
}

function nowOf(vector: Vector): number {
  if (vector.now !== null) return vector.now * 1000;
  const sent = find("json:Timestamp", open(requestOf(vector)));
  if (sent !== undefined) return Date.parse(sent);
  return isCertificate(vector)
    ? Date.parse(new X509Certificate(vector.publicKey!).validFrom) + 1
    : 1_700_000_000_000;
}

/** The only hosts that have the vector's certificate. */
function hosts(vector: Vector): FetchText {
  return ({ url }) =>
    /^(sns\.[\w-]+\.amazonaws|api\.sandbox\.paypal)\.com$/.test(new URL(url).host)
      ? Promise.resolve(vector.publicKey!)
      : Promise.reject(new Error(`${url} was asked`));
}

function verdictOf(vector: Vector, scheme: Scheme, credentials: Credentials): Promise<Verdict> {
  // The published certificates come without their issuers.
  const roots = isCertificate(vector) ? [vector.publicKey!] : undefined;
  return verifyFetched(scheme, requestOf(vector), credentials, nowOf(vector), hosts(vector), roots);
}

describe.skipIf(!hasResearch)("vectors of ../shared/providers", () => {
  const shipped = all.filter((vector) => vector.scheme === null && ourProvider(vector) !== undefined);
  const deliveries = shipped.filter((vector) => vector.kind !== "handshake");
  const handshakes = shipped.filter((vector) => vector.kind === "handshake");
  const primitives = all.filter((vector) => vector.scheme !== null);

  test("every vector is one of the catalogue's or has a scheme of its own", () => {
    expect(deliveries.length + handshakes.length + primitives.length).toBe(all.length);
    expect(new Set(shipped.map(({ provider }) => provider)).size).toBeGreaterThan(45);
  });

  test("the issuers of published certificates stand on hosts that may be asked for them", () => {
    const certified = deliveries.filter(isCertificate);
    expect(certified.length).toBeGreaterThan(5);
    for (const vector of certified) {
      const { infoAccess } = new X509Certificate(vector.publicKey!);
      const url = /^CA Issuers - URI:(\S+)$/m.exec(infoAccess ?? "")![1]!;
      for (const { scheme } of ourProvider(vector)!.schemes) {
        const issuers = scheme.key!.fetch!.issuers ?? [];
        expect(
          issuers.some((pattern) => new RegExp(pattern).test(url)),
          url,
        ).toBe(true);
      }
    }
  });

  test.each(deliveries.map((vector) => [vector.id, vector] as const))("delivery %s", async (_, vector) => {
    const credentials = configured(vector);
    const verdict = await verdictOf(vector, chooseScheme(ourProvider(vector)!, credentials)!, credentials);
    expect(verdict.ok, JSON.stringify(verdict)).toBe(vector.expected);
  });

  test.each(primitives.map((vector) => [vector.id, vector] as const))("scheme %s", async (_, vector) => {
    const verdict = await verdictOf(vector, convert(vector.scheme!)!, credentialsOf(vector));
    expect(verdict.ok, JSON.stringify(verdict)).toBe(vector.expected);
  });

  test.each(handshakes.map((vector) => [vector.id, vector] as const))("handshake %s", async (_, vector) => {
    const credentials = configured(vector);
    const provider = ourProvider(vector)!;
    const matched = matchHandshake(provider, requestOf(vector), withAllowed(credentials, vector));
    if (!vector.expected) {
      expect(matched).toBeUndefined();
      return;
    }
    expect(matched).not.toHaveProperty("refused");
    const { reply, auth, capture } = matched as Extract<typeof matched, { reply: unknown }>;
    if (auth === "signature") {
      const verdict = await verdictOf(vector, chooseScheme(provider, credentials)!, credentials);
      expect(verdict.ok, JSON.stringify(verdict)).toBe(true);
    }
    const { json, headers, captured, contentType, ...rest } = vector.response! as NonNullable<
      Vector["response"]
    > & { headers?: Record<string, string>; captured?: { secret: string } };
    expect(reply).toMatchObject(rest);
    if (contentType !== undefined) expect(reply.contentType.split(";")[0]).toBe(contentType.split(";")[0]);
    if (json !== undefined) expect(JSON.parse(reply.body)).toEqual(json);
    for (const [name, value] of Object.entries(headers ?? {}))
      expect(reply.headers[name.toLowerCase()]).toBe(value);
    if (captured !== undefined) expect({ secret: capture }).toEqual(captured);
  });
});

/** The research writes a list of origins where ours has text. */
function withAllowed(credentials: Credentials, vector: Vector): Credentials {
  const origins = vector.config?.["allowedOrigins"] as string[] | undefined;
  return origins === undefined
    ? credentials
    : { ...credentials, config: { ...credentials.config, allowedOrigins: origins.join(",") } };
}
