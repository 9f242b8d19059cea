/** Verifying where it takes time: tokens, and keys that are fetched. What `verify` does at once is left to it. */
import type { FetchText } from "../core/fetch-text.ts";
import type { Request } from "../core/event.ts";
import type { Roots } from "./certificate-chain.ts";
import { refusedBefore } from "./conditions.ts";
import { fetchBody, fetchKeys } from "./fetched-keys.ts";
import { atlassianRequest } from "./irregular/atlassian.ts";
import { checkToken, jwkSetKeys, jwtKey, keyIdOf, KEY_UNKNOWN } from "./jwt.ts";
import type { JwtSubject } from "./jwt.ts";
import type { JwtDemands } from "./jwt-demands.ts";
import { open, readAll } from "./locate.ts";
import type { Opened } from "./locate.ts";
import { filledClaims, resolveScheme } from "./resolve.ts";
import type { Scheme } from "./scheme.ts";
import { compileReader } from "./signatures.ts";
import { calledUrl } from "./url.ts";
import { refusal } from "./verdict.ts";
import type { Credentials, Verdict } from "./verdict.ts";
import { verify } from "./verify.ts";

/** True where `verify` cannot do it alone: a token, or no key but one to be fetched. */
export function takesTime(scheme: Scheme, credentials: Credentials): boolean {
  return scheme.kind === "jwt" || (scheme.key?.fetch !== undefined && credentials.secrets.length === 0);
}

/**
 * As `verify`, for any scheme. Never throws on what a request holds or on what a key's host answers. Certificates must lead
 * to one of the `roots`, by default those that Node brings along.
 */
export async function verifyFetched(
  scheme: Scheme,
  request: Request,
  credentials: Credentials,
  nowMs: number,
  fetchText: FetchText,
  roots?: Roots,
): Promise<Verdict> {
  if (!takesTime(scheme, credentials)) return verify(scheme, request, credentials, nowMs);
  const opened = open(request);
  if (scheme.kind === "jwt") return verifyToken(scheme, opened, credentials, nowMs, fetchText);
  const keys = await fetchKeys(scheme.key!.fetch!, opened, credentials, nowMs, {
    fetchText,
    ...(roots && { roots }),
  });
  if ("ok" in keys) return keys;
  const { config, url } = credentials;
  const fetched = { secrets: keys, ...(config && { config }), ...(url !== undefined && { url }) };
  const verdict = verify(withLocalKey(scheme), request, fetched, nowMs);
  return verdict.ok ? { ok: true, secret: -1 } : verdict;
}

/** The scheme with its key at hand, once for each: what `verify` compiles is kept by it. */
function withLocalKey(scheme: Scheme): Scheme {
  let local = localSchemes.get(scheme);
  if (local === undefined) localSchemes.set(scheme, (local = { ...scheme, key: { decode: "pem" } }));
  return local;
}

const localSchemes = new WeakMap<Scheme, Scheme>();

async function verifyToken(
  scheme: Scheme,
  opened: Opened,
  credentials: Credentials,
  nowMs: number,
  fetchText: FetchText,
): Promise<Verdict> {
  const { config = {} } = credentials;
  const resolved = resolveScheme(scheme, config);
  if ("missing" in resolved)
    return refusal("unconfigured", `the source's \`config\` lacks \`${resolved.missing}\``);
  const refused = refusedBefore(scheme, opened, config);
  if (refused !== undefined) return refused;
  const claims = filledClaims(scheme.jwt!.claims, config, credentials.url);
  if ("missing" in claims) return refusal("unconfigured", `the source lacks \`${claims.missing}\``);
  const read = compileReader(resolved.scheme);
  const items = scheme.each === undefined ? [undefined] : readAll(opened.json(), scheme.each);
  if (items === undefined || items.length === 0) return refusal("missing", `the body has no ${scheme.each}`);
  if (items.length > MAX_TOKENS) return refusal("malformed", `${scheme.each} holds more than ${MAX_TOKENS}`);
  let verdict: Verdict = refusal("missing", "there is no token");
  for (const item of items) {
    const groups = read(opened, item);
    if ("ok" in groups) return groups;
    const subject = subjectOf(groups[0]!.signatures[0]!, opened, credentials, nowMs);
    verdict = await checkOne(scheme, { claims: claims.claims, subject }, opened, credentials, fetchText);
    if (!verdict.ok) return verdict;
  }
  return verdict;
}

/** Most tokens of one request. */
const MAX_TOKENS = 64;

function subjectOf(
  token: string,
  { request }: Opened,
  { config = {}, url }: Credentials,
  nowMs: number,
): JwtSubject {
  return {
    token,
    body: request.body,
    url: url === undefined ? undefined : calledUrl(url, request),
    atlassian: atlassianRequest(request, config["baseUrl"], url),
    nowMs,
  };
}

type Held = { readonly claims: JwtDemands["claims"]; readonly subject: JwtSubject };

async function checkOne(
  scheme: Scheme,
  { claims, subject }: Held,
  opened: Opened,
  credentials: Credentials,
  fetchText: FetchText,
): Promise<Verdict> {
  const demands = scheme.jwt!;
  const { secrets } = credentials;
  let verdict: Verdict = refusal("unconfigured", "`secrets` is empty");
  for (const [index, secret] of secrets.entries()) {
    verdict = await checkToken(demands, claims, subject, await jwtKey(secret, demands.algorithm), index);
    if (verdict.ok || verdict.cause !== "mismatch") return verdict;
  }
  const fetch = scheme.key?.fetch;
  if (secrets.length > 0 || fetch === undefined) return verdict;
  const ask = async (anew: boolean): Promise<Verdict> => {
    const text = await fetchBody(fetch, opened, credentials, keyIdOf(subject.token), (request) =>
      fetchText({ ...request, anew }),
    );
    if (typeof text !== "string") return text;
    try {
      return await checkToken(demands, claims, subject, jwkSetKeys(keySet(text, fetch.at)), -1);
    } catch {
      return refusal("malformed", "what was fetched is no list of keys");
    }
  };
  const first = await ask(false);
  // A key that is not in the list may be newer than the list is here.
  return !first.ok && first.detail === KEY_UNKNOWN ? ask(true) : first;
}

/** A single key (Plaid's) as a list of one; one that has been withdrawn is none. */
function keySet(text: string, member: string | undefined): string {
  if (member === undefined) return text;
  const key = (JSON.parse(text) as Record<string, { expired_at?: unknown } | undefined>)[member];
  return JSON.stringify({ keys: key === undefined || typeof key.expired_at === "number" ? [] : [key] });
}
