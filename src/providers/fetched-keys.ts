/** Fetches keys that are not in the source's file, from the only hosts that may be asked. */
import type { FetchText } from "../core/fetch-text.ts";
import { accessToken, fillJson, fits, tokenRequest } from "./access-token.ts";
import type { Roots } from "./certificate-chain.ts";
import { configValue } from "./content.ts";
import type { KeyFetch } from "./key-fetch.ts";
import { find } from "./locate.ts";
import type { Opened } from "./locate.ts";
import { certificateKey, keysIn } from "./read-keys.ts";
import { refusal } from "./verdict.ts";
import type { Credentials, Refusal } from "./verdict.ts";

/** What keys are fetched with, and what their certificates must lead to. */
export interface Fetching {
  readonly fetchText: FetchText;
  readonly roots?: Roots;
}

/**
 * The public keys as PEM, fetched for this request. The URL's host comes from the scheme or from the source's own
 * configuration; what a request says must match `hosts` whole.
 */
export async function fetchKeys(
  fetch: KeyFetch,
  opened: Opened,
  credentials: Credentials,
  nowMs: number,
  { fetchText, ...trust }: Fetching,
): Promise<readonly string[] | Refusal> {
  const known = await keysFetched(fetch, opened, credentials, nowMs, { fetchText, ...trust });
  if (!("ok" in known) || known.cause !== "mismatch") return known;
  const anew: FetchText = (request) => fetchText({ ...request, anew: true });
  return keysFetched(fetch, opened, credentials, nowMs, { fetchText: anew, ...trust });
}

async function keysFetched(
  fetch: KeyFetch,
  opened: Opened,
  credentials: Credentials,
  nowMs: number,
  { fetchText, roots }: Fetching,
): Promise<readonly string[] | Refusal> {
  const keyId = fetch.keyId === undefined ? undefined : find(fetch.keyId, opened);
  if (fetch.keyId !== undefined && keyId === undefined)
    return refusal("missing", `the key's name in ${fetch.keyId} is missing`);
  const body = await fetchBody(fetch, opened, credentials, "", fetchText);
  if (typeof body !== "string") return body;
  const minute = fetch.as === "certificate" ? Math.floor(nowMs / 60_000) : "";
  const cacheKey = `${fetch.as} ${keyId ?? ""} ${fetch.subject ?? ""} ${minute}`;
  const known = parsed.get(body)?.get(cacheKey);
  if (known !== undefined) return known;
  const issuerAt = (url: string): Promise<Buffer> | undefined =>
    fits(url, fetch.issuers ?? [])
      ? fetchText({ url, binary: true }).then((text) => Buffer.from(text, "base64"))
      : undefined;
  let keys: readonly string[] | Refusal;
  try {
    keys =
      fetch.as === "certificate"
        ? await certificateKey(fetch, body, nowMs, issuerAt, roots)
        : keysIn(fetch, body, keyId);
  } catch {
    keys = refusal("malformed", "what was fetched is no key");
  }
  if (!("ok" in keys)) remember(body, cacheKey, keys);
  return keys;
}

/** The text at a scheme's key URL; `kid` is the key's name where the URL or what is posted asks for it. */
export async function fetchBody(
  fetch: KeyFetch,
  opened: Opened,
  { config = {} }: Credentials,
  kid: string,
  fetchText: FetchText,
): Promise<string | Refusal> {
  let missing: string | undefined;
  let token = "";
  const fill = (template: string): string =>
    template.replace(/\{([^{}]+)\}/g, (place: string, name: string) => {
      const value = name === "kid" ? kid : name === "token" ? token : valueOf(name, opened, config);
      if (value === undefined) missing ??= place;
      return value ?? "";
    });
  const url = fill(fetch.url);
  const post = fetch.post && fillJson(fetch.post, fill);
  const access = fetch.token && tokenRequest(fetch.token, fill);
  if (missing !== undefined) return refusal("missing", `\`${missing}\`, which leads to the key, is missing`);
  if (!mayAsk(url, fetch) || (access && !fits(access.url, fetch.token!.hosts)))
    return refusal("malformed", "the key's URL is not of the hosts that may be asked for keys");
  const ask = async (anew: boolean): Promise<string> => {
    if (access !== undefined) token = await accessToken(access, anew, fetchText);
    const headers = Object.fromEntries(
      Object.entries(fetch.headers ?? {}).map(([name, value]) => [name, fill(value)]),
    );
    return fetchText({ url, headers, ...(post !== undefined && { post }) });
  };
  const failed = refusal("unconfigured", `the key could not be fetched from ${hostOf(url)}`);
  try {
    return await ask(false);
  } catch {
    if (access === undefined) return failed;
  }
  // The token may have been withdrawn before its time.
  return ask(true).catch(() => failed);
}

function hostOf(url: string): string {
  return new URL(url).host;
}

function valueOf(name: string, opened: Opened, config: Readonly<Record<string, string>>): string | undefined {
  return name.startsWith("config:") ? configValue(config, name.slice("config:".length)) : find(name, opened);
}

/** Exact hosts only, https only. A URL of literal text and configuration needs no list: the operator wrote it. */
function mayAsk(url: string, fetch: KeyFetch): boolean {
  let parsedUrl: URL;
  try {
    parsedUrl = new URL(url);
  } catch {
    return false;
  }
  if (parsedUrl.protocol !== "https:" || parsedUrl.username !== "" || parsedUrl.password !== "") return false;
  if (fetch.hosts !== undefined) return fits(url, fetch.hosts);
  return !/\{(?!config:|kid\})/.test(fetch.url);
}

/** What was read of a text last fetched: the same list for the same text, so that compiled verifiers are kept. */
const parsed = new Map<string, Map<string, readonly string[]>>();
const MAX_PARSED = 200;

function remember(body: string, cacheKey: string, keys: readonly string[]): void {
  if (parsed.size >= MAX_PARSED) parsed.clear();
  const of = parsed.get(body) ?? new Map<string, readonly string[]>();
  if (of.size >= MAX_PARSED) of.clear();
  parsed.set(body, of.set(cacheKey, keys));
}
