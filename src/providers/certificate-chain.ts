/** Certificates in a chain up to a trusted root, each valid now and signed by the next: RFC 5280 § 6, as far as Node tells of a certificate. */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { refusal } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

/** Trusted certificates in PEM; by default those that Node brings along (Mozilla's). */
export type Roots = readonly string[];

/** Fetches the certificate of an issuer that was not sent along; undefined where its URL may not be asked. Throws where it fails. */
export type FetchIssuer = (url: string) => Promise<Buffer> | undefined;

/** Most certificates between a leaf and its root. */
const MAX_DEPTH = 5;
/** Most certificates that are read of one text. */
const MAX_READ = 10;

/** The certificates of a PEM text, the leaf first. Throws where there is none, or where one cannot be read. */
export function readCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length > MAX_READ) throw new Error("There is no certificate.");
  return blocks.map((block) => new X509Certificate(block));
}

/** What is wrong with the chain from `leaf`; undefined where it leads to a root. Issuers come from `others`, or are fetched. */
export async function chainProblem(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  nowMs: number,
  fetchIssuer: FetchIssuer,
  roots: Roots = rootCertificates,
): Promise<Refusal | undefined> {
  let at = leaf;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    if (!isValid(at, nowMs)) return refusal("stale", "a certificate of the chain is not valid at this time");
    const anchors = anchorsOf(roots, at);
    if (anchors.some((root) => isValid(root, nowMs))) return undefined;
    const issuer =
      others.find((other) => other.ca && isIssuedBy(at, other)) ?? (await fetched(at, fetchIssuer));
    if (issuer === undefined) break;
    if ("ok" in issuer) return issuer;
    at = issuer;
  }
  return refusal("malformed", "the certificate's chain does not lead to a trusted root");
}

/** A wrong text at the issuer's URL is no issuer. */
async function fetched(
  certificate: X509Certificate,
  fetchIssuer: FetchIssuer,
): Promise<X509Certificate | Refusal | undefined> {
  const url = /^CA Issuers - URI:(\S+)$/m.exec(certificate.infoAccess ?? "")?.[1];
  const answer = url === undefined ? undefined : fetchIssuer(url);
  if (answer === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = await answer;
  } catch {
    return refusal("unconfigured", "the certificate's issuer could not be fetched");
  }
  try {
    const issuer = new X509Certificate(bytes);
    return issuer.ca && isIssuedBy(certificate, issuer) ? issuer : undefined;
  } catch {
    return undefined;
  }
}

function isValid(certificate: X509Certificate, nowMs: number): boolean {
  return Date.parse(certificate.validFrom) <= nowMs && nowMs <= Date.parse(certificate.validTo);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** The roots that signed the certificate, or that it is itself. */
function anchorsOf(roots: Roots, certificate: X509Certificate): X509Certificate[] {
  const bySubject = read(roots);
  const itself = bySubject.get(certificate.subject)?.filter(({ raw }) => raw.equals(certificate.raw)) ?? [];
  const signers = bySubject.get(certificate.issuer)?.filter((root) => isIssuedBy(certificate, root)) ?? [];
  return [...itself, ...signers];
}

const readRoots = new WeakMap<Roots, Map<string, X509Certificate[]>>();

function read(roots: Roots): Map<string, X509Certificate[]> {
  let bySubject = readRoots.get(roots);
  if (bySubject !== undefined) return bySubject;
  readRoots.set(roots, (bySubject = new Map()));
  for (const pem of roots) {
    const root = new X509Certificate(pem);
    bySubject.set(root.subject, [...(bySubject.get(root.subject) ?? []), root]);
  }
  return bySubject;
}
