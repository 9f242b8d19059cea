/** Reads public keys of what was fetched: PEM, DER, lists of JWKs, and certificates, which must lead to a trusted root. */
import { createPublicKey } from "node:crypto";
import type { X509Certificate } from "node:crypto";
import { chainProblem, readCertificates } from "./certificate-chain.ts";
import type { FetchIssuer, Roots } from "./certificate-chain.ts";
import { readPath } from "./locate.ts";
import { refusal } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

/** Most keys of a list that are tried. */
const MAX_KEYS = 20;

/** What stands at a URL, and which part of it is the key. */
export interface KeySource {
  readonly as: "pem" | "certificate" | "jwks" | "der";
  readonly at?: string;
  readonly subject?: string;
}

/** The keys as PEM. Throws where the text is none of what it should be. */
export function keysIn(
  { as, at }: KeySource,
  body: string,
  keyId: string | undefined,
): readonly string[] | Refusal {
  if (as === "jwks") return jwksKeys(JSON.parse(body), keyId);
  const text = at === undefined ? body : String(readPath(JSON.parse(body), at));
  // eBay's PEM has no line breaks, and OpenSSL wants some.
  const bare =
    as === "der" ? text : /-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----/.exec(text)?.[1];
  if (bare === undefined) return [pemOf(createPublicKey(text))];
  return [pemOf(createPublicKey({ key: Buffer.from(bare, "base64"), format: "der", type: "spki" }))];
}

/** The key of a certificate that is valid, of the right name, and leads to a trusted root. Throws where the text is none. */
export async function certificateKey(
  { subject }: KeySource,
  body: string,
  nowMs: number,
  fetchIssuer: FetchIssuer,
  roots?: Roots,
): Promise<readonly string[] | Refusal> {
  const [leaf, ...others] = readCertificates(body) as [X509Certificate, ...X509Certificate[]];
  if (Date.parse(leaf.validFrom) > nowMs || Date.parse(leaf.validTo) < nowMs)
    return refusal("stale", "the certificate is not valid at this time");
  if (subject !== undefined && !isNamed(leaf, new RegExp(subject)))
    return refusal("malformed", "the certificate is another's");
  const problem = await chainProblem(leaf, others, nowMs, fetchIssuer, roots);
  return problem ?? [pemOf(leaf.publicKey)];
}

/** Its one common name fits, and where it lists DNS names, one of those too. */
function isNamed({ subject, subjectAltName }: X509Certificate, pattern: RegExp): boolean {
  const names = [...subject.matchAll(/^CN=(.*)$/gm)].map((match) => match[1]!);
  if (names.length !== 1 || !pattern.test(names[0]!)) return false;
  const listed = (subjectAltName ?? "").split(", ").filter((name) => name.startsWith("DNS:"));
  return listed.length === 0 || listed.some((name) => pattern.test(name.slice("DNS:".length)));
}

function jwksKeys(json: unknown, keyId: string | undefined): readonly string[] | Refusal {
  const keys = readPath(json, "keys");
  if (!Array.isArray(keys)) return refusal("malformed", "what was fetched is no list of keys");
  const fitting = keys.filter((key) => keyId === undefined || readPath(key, "kid") === keyId);
  if (fitting.length === 0) return refusal("mismatch", "the key that the request names is not in the list");
  return fitting
    .slice(0, MAX_KEYS)
    .map((key) => pemOf(createPublicKey({ key: key as Record<string, string>, format: "jwk" })));
}

function pemOf(key: ReturnType<typeof createPublicKey>): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
