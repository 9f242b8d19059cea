/**
 * Why a signature does not match: which of the known mistakes makes it right. Offline, for the operator alone; the
 * sentence names the mistake and never a secret, a signature or what would have been right.
 */
import type { Request } from "../core/event.ts";
import { bodySpellings, secretSpellings, urlSpellings } from "./spellings.ts";
import type { Spelling } from "./spellings.ts";
import { headerValues } from "./headers.ts";
import { resolveScheme } from "./resolve.ts";
import { contentsOf } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import { placesOf, prefixOf } from "./signatures.ts";
import type { Credentials, Refusal } from "./verdict.ts";
import { compileScheme } from "./verify.ts";

/** What else is known besides the source's own configuration. */
export interface Surroundings {
  /** Secrets that this source had before, and until when (epoch ms): the day is said, the secret is not. */
  readonly formerSecrets: readonly { readonly secret: string; readonly until: number }[];
  /** Secrets of other sources: the name is said. */
  readonly otherSecrets: readonly { readonly name: string; readonly secrets: readonly string[] }[];
  /** The provider's other schemes. */
  readonly otherSchemes: readonly { readonly name: string; readonly scheme: Scheme }[];
}

/** Largest body that is spelled anew. */
const MAX_BODY_BYTES = 1_048_576;

/** A sentence that tells the mistake, or undefined where none of the known ones explains the refusal. */
export function diagnose(
  written: Scheme,
  request: Request,
  credentials: Credentials,
  refused: Refusal,
  nowMs: number,
  { formerSecrets, otherSecrets, otherSchemes }: Surroundings,
): string | undefined {
  if (refused.cause === "stale") {
    return "the signature is right: one of the two clocks is wrong, or an old request was sent again";
  }
  // With `{config:…}` filled in: places and prefixes are compared below, and named.
  const resolved = resolveScheme(written, credentials.config ?? {});
  const scheme = "scheme" in resolved ? resolved.scheme : written;
  if (scheme.kind === "none" || scheme.kind === "jwt") return undefined;
  const fits = (tried: Scheme, given: Request = request, with_: Credentials = credentials): boolean => {
    try {
      const verdict = compileScheme(tried, with_)(given, nowMs);
      return verdict.ok || verdict.cause === "stale";
    } catch {
      return false;
    }
  };
  return (
    wrongSecret(scheme, credentials, fits) ??
    wrongPlace(scheme, request, fits) ??
    formerSecret(scheme, credentials, formerSecrets, fits) ??
    othersSecret(scheme, credentials, otherSecrets, fits) ??
    wrongEncoding(scheme, fits) ??
    wrongUrl(scheme, request, credentials, fits) ??
    changedBody(scheme, request, fits) ??
    otherScheme(otherSchemes, written, fits)
  );
}

type Fits = (scheme: Scheme, request?: Request, credentials?: Credentials) => boolean;

/** A right signature in another header, or with another prefix. */
function wrongPlace(scheme: Scheme, request: Request, fits: Fits): string | undefined {
  if (scheme.kind === "basic" || scheme.list !== undefined) return undefined;
  const places = placesOf(scheme);
  if (!places.every((place) => place.startsWith("header:"))) return undefined;
  const prefixes = [...new Set([prefixOf(scheme), "", "sha256=", "sha1=", "v0=", "Bearer ", "Token "])];
  for (const name of Object.keys(request.headers).slice(0, 100)) {
    if (headerValues(request, name).length !== 1) continue;
    for (const prefix of prefixes) {
      if (!request.headers[name]!.startsWith(prefix)) continue;
      if (!fits({ ...scheme, from: `header:${name}`, prefix })) continue;
      const here = places.some((place) => place.toLowerCase() === `header:${name.toLowerCase()}`);
      if (here && prefix === prefixOf(scheme)) continue;
      return here
        ? `the signature is right, but stands behind \`${prefix}\` instead of \`${prefixOf(scheme)}\``
        : `a right signature stands in header ${name}, but ${places[0]!.slice("header:".length)} is looked at`;
    }
  }
  return undefined;
}

function wrongSecret(scheme: Scheme, credentials: Credentials, fits: Fits): string | undefined {
  for (const [index, secret] of credentials.secrets.entries()) {
    const which = credentials.secrets.length === 1 ? "the secret" : `secret ${index + 1}`;
    for (const { text, mistake, key } of secretSpellings(secret, scheme.key ?? {})) {
      const tried: Scheme = key === undefined ? scheme : { ...scheme, key };
      if (fits(tried, undefined, { ...credentials, secrets: [text] })) return `${which} ${mistake}`;
    }
  }
  return undefined;
}

function formerSecret(
  scheme: Scheme,
  credentials: Credentials,
  former: Surroundings["formerSecrets"],
  fits: Fits,
): string | undefined {
  const found = former.find(({ secret }) => fits(scheme, undefined, { ...credentials, secrets: [secret] }));
  return found && `the request is signed with ${previousSecret(found)}`;
}

/** As it is called in a sentence. */
export function previousSecret({ until }: Surroundings["formerSecrets"][number]): string {
  const day = new Date(until).toISOString().slice(0, 10);
  return `the previous secret, which the source had until ${day}: the sender does not use the new one yet`;
}

function othersSecret(
  scheme: Scheme,
  credentials: Credentials,
  others: Surroundings["otherSecrets"],
  fits: Fits,
): string | undefined {
  const other = others.find(
    ({ secrets }) => secrets.length > 0 && fits(scheme, undefined, { ...credentials, secrets }),
  );
  return other === undefined ? undefined : `the request is signed with the secret of ${other.name}`;
}

function wrongEncoding(scheme: Scheme, fits: Fits): string | undefined {
  if (scheme.kind === "shared-token" || scheme.kind === "basic") return undefined;
  const encoding = scheme.encoding ?? "hex";
  for (const other of ["hex", "base64", "base64url", "base64hex"] as const) {
    if (other !== encoding && fits({ ...scheme, encoding: other }))
      return `the signature is right, but written as ${other} instead of ${encoding}`;
  }
  if (scheme.kind !== "hmac" && scheme.kind !== "digest") return undefined;
  const algorithm = scheme.algorithm ?? "sha256";
  for (const other of ["sha1", "sha256", "sha384", "sha512"] as const) {
    if (other !== algorithm && fits({ ...scheme, algorithm: other }))
      return `the request is signed with ${other}, but ${algorithm} is configured`;
  }
  return undefined;
}

function wrongUrl(
  scheme: Scheme,
  request: Request,
  credentials: Credentials,
  fits: Fits,
): string | undefined {
  if (!contentsOf(scheme).some((content) => content.includes("{url"))) return undefined;
  const found = urlSpellings(credentials.url, request).find(({ text }) =>
    fits(scheme, undefined, { ...credentials, url: text }),
  );
  return found === undefined
    ? undefined
    : `the signature is right for \`${found.text}\`: ${found.mistake}; \`url\` must be the URL as it is registered`;
}

function changedBody(scheme: Scheme, request: Request, fits: Fits): string | undefined {
  if (scheme.kind === "shared-token" || scheme.kind === "basic") return undefined;
  if (request.body.length > MAX_BODY_BYTES) return undefined;
  const changed = (spelling: Spelling<Buffer>): boolean => fits(scheme, { ...request, body: spelling.text });
  const found = bodySpellings(request.body).find(changed);
  return found === undefined
    ? undefined
    : `the signature is right for another body: ${found.mistake} on the way, before it reached the router`;
}

function otherScheme(others: Surroundings["otherSchemes"], scheme: Scheme, fits: Fits): string | undefined {
  const other = others.find(
    (each) => each.scheme !== scheme && each.scheme.kind !== "none" && fits(each.scheme),
  );
  return other === undefined
    ? undefined
    : `the request is signed by the provider's scheme \`${other.name}\`: say \`config: { scheme: ${other.name} }\``;
}
