/** Keys that are not in the source's file: where they are fetched from, and the only hosts that may be asked. */
import { createPublicKey, X509Certificate } from "node:crypto";
import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import type { FetchText } from "../core/fetch-text.ts";
import { configValue } from "./content.ts";
import { find, readPath } from "./locate.ts";
import type { Opened } from "./locate.ts";
import { refusal } from "./verdict.ts";
import type { Credentials, Refusal } from "./verdict.ts";

/** Where a scheme's public key is fetched from, and what is found there. */
export const keyFetchSchema = {
  type: "object",
  additionalProperties: false,
  required: ["url", "as"],
  description: "Where the public key is fetched from, where the source has no `secrets`.",
  properties: {
    url: {
      type: "string",
      minLength: 1,
      description: "Of literal text, places of the request (`{header:x}`, `{json:x}`) and `{config:x}`.",
    },
    hosts: {
      type: "array",
      minItems: 1,
      items: { type: "string", pattern: "^\\^https:.*\\$$" },
      description:
        "What the whole URL must look like. Required where a part of the URL comes from the request.",
    },
    as: {
      type: "string",
      enum: ["pem", "certificate", "jwks", "der"],
      description: "`der`: SPKI in base64.",
    },
    at: { type: "string", minLength: 1, description: "Path in the JSON that was fetched." },
    keyId: {
      type: "string",
      pattern: "^(header|json):.+$",
      description: "Where the request names the key; without it every key is tried.",
    },
    subject: {
      type: "string",
      minLength: 1,
      description: "Pattern of the certificate's common name.",
    },
    headers: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Sent along; may hold `{config:x}`.",
    },
    post: {
      type: "string",
      minLength: 1,
      description: "JSON to be posted instead of a GET; may hold `{config:x}` and `{kid}`.",
    },
  },
} as const satisfies JSONSchema;

export type KeyFetch = FromSchema<typeof keyFetchSchema>;

/**
 * The public keys as PEM, fetched for this request. The URL's host comes from the scheme or from the source's own
 * configuration; what a request says must match `hosts` whole.
 */
export async function fetchKeys(
  fetch: KeyFetch,
  opened: Opened,
  credentials: Credentials,
  nowMs: number,
  fetchText: FetchText,
): Promise<readonly string[] | Refusal> {
  const known = await keysFetched(fetch, opened, credentials, nowMs, fetchText);
  if (!("ok" in known) || known.cause !== "mismatch") return known;
  return keysFetched(fetch, opened, credentials, nowMs, (request) => fetchText({ ...request, anew: true }));
}

async function keysFetched(
  fetch: KeyFetch,
  opened: Opened,
  credentials: Credentials,
  nowMs: number,
  fetchText: FetchText,
): Promise<readonly string[] | Refusal> {
  const body = await fetchBody(fetch, opened, credentials, "", fetchText);
  if (typeof body !== "string") return body;
  const keyId = fetch.keyId === undefined ? undefined : find(fetch.keyId, opened);
  if (fetch.keyId !== undefined && keyId === undefined)
    return refusal("missing", `the key's name in ${fetch.keyId} is missing`);
  const cacheKey = `${fetch.as} ${keyId ?? ""} ${fetch.subject === undefined ? "" : Math.floor(nowMs / 60_000)}`;
  const known = parsed.get(body)?.get(cacheKey);
  if (known !== undefined) return known;
  const keys = readKeys(fetch, body, keyId, nowMs);
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
  const fill = (template: string): string =>
    template.replace(/\{([^{}]+)\}/g, (token: string, name: string) => {
      const value = name === "kid" ? kid : valueOf(name, opened, config);
      if (value === undefined) missing ??= token;
      return value ?? "";
    });
  const url = fill(fetch.url);
  const headers = Object.fromEntries(
    Object.entries(fetch.headers ?? {}).map(([name, value]) => [name, fill(value)]),
  );
  const post = fetch.post?.replace(/"\{([^{}]+)\}"/g, (_, name: string) => JSON.stringify(fill(`{${name}}`)));
  if (missing !== undefined) return refusal("missing", `\`${missing}\`, which leads to the key, is missing`);
  if (!mayAsk(url, fetch))
    return refusal("malformed", "the key's URL is not of the hosts that may be asked for keys");
  try {
    return await fetchText({ url, headers, ...(post !== undefined && { post }) });
  } catch {
    return refusal("unconfigured", `the key could not be fetched from ${new URL(url).host}`);
  }
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
  if (fetch.hosts !== undefined) return fetch.hosts.some((pattern) => new RegExp(pattern).test(url));
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

function readKeys(
  fetch: KeyFetch,
  body: string,
  keyId: string | undefined,
  nowMs: number,
): readonly string[] | Refusal {
  try {
    switch (fetch.as) {
      case "certificate":
        return certificate(body, fetch, nowMs);
      case "jwks":
        return jwksKeys(JSON.parse(body), keyId);
      case "der": {
        const key = Buffer.from(textAt(body, fetch.at), "base64");
        return [pemOf(createPublicKey({ key, format: "der", type: "spki" }))];
      }
      case "pem":
        return [pemOf(createPublicKey(textAt(body, fetch.at)))];
    }
  } catch {
    return refusal("malformed", "what was fetched is no key");
  }
}

function certificate(body: string, fetch: KeyFetch, nowMs: number): readonly string[] | Refusal {
  const read = new X509Certificate(body);
  if (Date.parse(read.validFrom) > nowMs || Date.parse(read.validTo) < nowMs)
    return refusal("stale", "the certificate is not valid at this time");
  const name = /^CN=(.*)$/m.exec(read.subject)?.[1] ?? "";
  if (fetch.subject !== undefined && !new RegExp(fetch.subject).test(name))
    return refusal("malformed", "the certificate is another's");
  return [pemOf(read.publicKey)];
}

function jwksKeys(json: unknown, keyId: string | undefined): readonly string[] | Refusal {
  const keys = readPath(json, "keys");
  if (!Array.isArray(keys)) return refusal("malformed", "what was fetched is no list of keys");
  const fitting = keys.filter((key) => keyId === undefined || readPath(key, "kid") === keyId);
  if (fitting.length === 0) return refusal("mismatch", "the key that the request names is not in the list");
  return fitting
    .slice(0, 20)
    .map((key) => pemOf(createPublicKey({ key: key as Record<string, string>, format: "jwk" })));
}

function textAt(body: string, at: string | undefined): string {
  return at === undefined ? body : String(readPath(JSON.parse(body), at));
}

function pemOf(key: ReturnType<typeof createPublicKey>): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
