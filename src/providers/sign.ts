/** Signs a request as a provider does: the inverse of `verify`, for samples and tests. */
import { createHash } from "node:crypto";
import type { Request } from "../core/event.ts";
import { SignalboxError } from "../core/errors.ts";
import { compileContent, fillContent } from "./content.ts";
import type { Subject } from "./content.ts";
import { encode } from "./encoding.ts";
import { atlassianRequest } from "./irregular/atlassian.ts";
import { signingKeys } from "./keys.ts";
import type { Key } from "./keys.ts";
import { open, readAll, readPath, writePath } from "./locate.ts";
import { proofOf } from "./proof.ts";
import type { Chunks } from "./proof.ts";
import { filledClaims, resolveScheme } from "./resolve.ts";
import { contentsOf } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import { signToken } from "./sign-jwt.ts";
import { placesOf, prefixOf } from "./signatures.ts";
import { writeTime } from "./timestamp.ts";
import { calledUrl } from "./url.ts";
import type { Credentials } from "./verdict.ts";

/** A request that is not signed yet, and the same when it is. */
export interface Draft {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Why nothing can be signed with these credentials, whatever the draft; undefined where it can. Every secret must be a
 * key. A clause without a secret.
 */
export function signingProblem(scheme: Scheme, credentials: Credentials): string | undefined {
  const { config = {}, secrets } = credentials;
  if (scheme.kind === "none") return "the scheme signs nothing";
  const resolved = resolveScheme(scheme, config);
  if ("missing" in resolved) return `\`config\` lacks \`${resolved.missing}\``;
  try {
    compileContent(contentsOf(scheme)[0]!);
  } catch (error) {
    return error instanceof SignalboxError ? error.detail : "the scheme's `content` is unreadable";
  }
  if (scheme.kind !== "jwt") {
    const usable = new Set(signingKeys(resolved.scheme, credentials).map(({ index }) => index));
    const at = secrets.findIndex((_, index) => !usable.has(index));
    return at < 0 ? undefined : `secret ${at + 1} is no key that signs by ${scheme.kind}`;
  }
  const claims = filledClaims(scheme.jwt!.claims, config, credentials.url ?? "");
  if ("missing" in claims) return `\`config\` lacks \`${claims.missing}\``;
  const parts = {
    ...{ claims: claims.claims, body: Buffer.alloc(0), url: "", atlassian: "" },
    ...{ secret: secrets[0] ?? "", nowMs: 0 },
  };
  return signToken(scheme.jwt!, parts) === undefined
    ? `no secret is a key for ${scheme.jwt!.algorithm}`
    : undefined;
}

/**
 * The draft with its time and signature, made with the first secret that is a key (a private one for asymmetric kinds);
 * with all of them where signatures stand in a list. Throws RULE_PROVIDER_UNSUITED where the credentials or the draft lack something that is signed.
 */
export function sign(scheme: Scheme, draft: Draft, credentials: Credentials, nowMs: number): Draft {
  if (scheme.kind === "none") return draft;
  if (scheme.kind === "jwt") return withToken(scheme, draft, credentials, nowMs);
  const resolved = resolveScheme(scheme, credentials.config ?? {});
  if ("missing" in resolved) throw unsuited(`\`config\` lacks \`${resolved.missing}\``);
  const plain = resolved.scheme;
  const all = signingKeys(plain, credentials);
  const keys = plain.list === undefined || plain.list.position !== undefined ? all.slice(0, 1) : all;
  if (keys.length === 0) throw unsuited(`no secret is a key for ${plain.kind}`);
  const time = plain.timestamp === undefined ? undefined : writeTime(nowMs, plain.timestamp.unit);
  const prepared = withBodyHash(plain, withTime(plain, withRequired(plain, draft, credentials), time));
  const fields = fieldsOf(plain, time, nowMs, prepared);
  const make = (item: unknown): string[] =>
    keys.map((key) => signature(plain, prepared, credentials, key, { time, fields, item }));
  if (plain.each === undefined) {
    return put(prepared, placesOf(plain)[0]!, dressed(plain, make(undefined), fields));
  }
  const json: unknown = JSON.parse(prepared.body.toString("utf8"));
  const path = placesOf(plain)[0]!.slice("item:".length);
  for (const item of readAll(json, plain.each) ?? []) {
    writePath(item, path, dressed(plain, make(item), fields));
  }
  return { ...prepared, body: Buffer.from(JSON.stringify(json)) };
}

/** What stands beside the signature in its list: the time, and any other field that is signed (a nonce). */
function fieldsOf(
  { content = "", timestamp, list }: Scheme,
  time: string | undefined,
  nowMs: number,
  draft: Draft,
): Map<string, string> {
  if (list === undefined) return new Map();
  const names = [...[content].flat()[0]!.matchAll(/\{sig:([^{}]+)\}/g)].map((match) => match[1]!);
  const fields = new Map(names.map((name) => [name, String(nowMs)]));
  const [, covered] = /\{covered:([^{}]+)\}/.exec([content].flat()[0]!) ?? [];
  if (covered !== undefined)
    fields.set(
      covered,
      Object.keys(draft.headers)
        .filter((name) => name.startsWith("x-"))
        .join(" "),
    );
  if (timestamp?.from.startsWith("sig:") === true && time !== undefined)
    fields.set(timestamp.from.slice(4), time);
  return fields;
}

function withToken(scheme: Scheme, draft: Draft, credentials: Credentials, nowMs: number): Draft {
  const { config = {}, url, secrets } = credentials;
  const claims = filledClaims(scheme.jwt!.claims, config, url);
  if ("missing" in claims) throw unsuited(`the source lacks \`${claims.missing}\``);
  const request = asRequest(draft);
  const token = signToken(scheme.jwt!, {
    claims: claims.claims,
    body: draft.body,
    url: url === undefined ? undefined : calledUrl(url, request),
    atlassian: atlassianRequest(request, config["baseUrl"], url),
    secret: secrets[0] ?? "",
    nowMs,
  });
  if (token === undefined) throw unsuited(`no secret is a key for ${scheme.jwt!.algorithm}`);
  if (scheme.each === undefined) return put(draft, placesOf(scheme)[0]!, prefixOf(scheme) + token);
  // The items are the tokens themselves.
  const json: unknown = JSON.parse(draft.body.toString("utf8"));
  const count = readAll(json, scheme.each)?.length ?? 1;
  writePath(json, scheme.each.replace(/\[\]$/, ""), new Array<string>(count).fill(token));
  return { ...draft, body: Buffer.from(JSON.stringify(json)) };
}

interface Signed {
  readonly time: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
  readonly item: unknown;
}

function signature(
  scheme: Scheme,
  draft: Draft,
  credentials: Credentials,
  key: Key,
  { time, fields, item }: Signed,
): string {
  const proof = proofOf(scheme);
  if (scheme.kind === "shared-token" || scheme.kind === "basic") return proof.write(proof.make([], key));
  const request = asRequest(draft);
  const subject: Subject = {
    opened: open(request),
    url: credentials.url === undefined ? undefined : calledUrl(credentials.url, request),
    timestamp: () => time,
    field: (name) => fields.get(name),
    item,
    secret: key.secret,
    config: credentials.config ?? {},
  };
  const filled = fillContent(compileContent(contentsOf(scheme)[0]!), subject);
  if ("missing" in filled) throw unsuited(`\`${filled.missing}\`, which is signed, is missing`);
  return proof.write(proof.make(filled.chunks as Chunks, key));
}

/** The signatures as they are sent: behind their prefix, in their list, beside its fields. */
function dressed(scheme: Scheme, bare: readonly string[], fields: ReadonlyMap<string, string>): string {
  const texts = bare.map((one) => prefixOf(scheme) + one);
  const { list } = scheme;
  if (list === undefined) return texts[0]!;
  const { separator, pair = "", field, position } = list;
  if (position !== undefined) {
    const items = Array.from({ length: position }, (_, at) => fields.get(String(at)) ?? "-");
    return [...items, texts[0]!].join(separator);
  }
  const others = [...fields].map(([name, value]) => name + pair + value);
  return [...others, ...texts.map((text) => (field === undefined ? text : field + pair + text))].join(
    separator,
  );
}

/** What a scheme asks for besides its signature: the topic that is configured, the version that it verifies. */
function withRequired({ require = [] }: Scheme, draft: Draft, { config = {} }: Credentials): Draft {
  let filled = draft;
  for (const { at, is, config: name } of require) {
    const text = is ?? config[name!]?.split(",")[0]?.trim();
    if (text !== undefined && !at.includes("[]")) filled = put(filled, at, text);
  }
  return filled;
}

function withTime({ timestamp }: Scheme, draft: Draft, time: string | undefined): Draft {
  return timestamp === undefined || timestamp.from.startsWith("sig:")
    ? draft
    : put(draft, timestamp.from, time!, true);
}

function withBodyHash({ bodyHash }: Scheme, draft: Draft): Draft {
  if (bodyHash === undefined) return draft;
  const hash = createHash(bodyHash.algorithm ?? "sha256")
    .update(draft.body)
    .digest();
  return put(draft, bodyHash.from, encode(hash, bodyHash.encoding ?? "hex"));
}

/** Puts text at a place of the draft; a number in a JSON body stays a number. */
export function put(draft: Draft, place: string, text: string, numeric = false): Draft {
  const name = place.slice(place.indexOf(":") + 1);
  switch (place.slice(0, place.indexOf(":"))) {
    case "header": {
      const [header, path] = name.toLowerCase().split("#", 2);
      const value =
        path === undefined ? text : Buffer.from(JSON.stringify({ [path]: text })).toString("base64");
      return { ...draft, headers: { ...draft.headers, [header!]: value } };
    }
    case "query": {
      const pair = `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
      return { ...draft, url: draft.url + (draft.url.includes("?") ? "&" : "?") + pair };
    }
    case "form":
      return { ...draft, body: putField(draft.body, name, text) };
    case "json": {
      const json: unknown = JSON.parse(draft.body.toString("utf8"));
      const asNumber = numeric && /^\d+$/.test(text) && typeof readPath(json, name) !== "string";
      writePath(json, name, asNumber ? Number(text) : text);
      return { ...draft, body: Buffer.from(JSON.stringify(json)) };
    }
    default:
      return { ...draft, body: Buffer.from(text, "latin1") };
  }
}

function putField(body: Buffer, name: string, text: string): Buffer {
  const form = new URLSearchParams(body.toString("utf8"));
  const [field, path] = name.split("#", 2);
  if (path === undefined) form.set(field!, text);
  else {
    const json: unknown = JSON.parse(form.get(field!) ?? "{}");
    writePath(json, path, text);
    form.set(field!, JSON.stringify(json));
  }
  return Buffer.from(form.toString());
}

/** The draft as the receiver will read it. */
export function asRequest(draft: Draft): Request {
  const [, path = "/", query = ""] = /^(?:https?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/.exec(draft.url) ?? [];
  return {
    method: draft.method,
    path: path === "" ? "/" : path,
    query,
    headers: draft.headers,
    rawHeaders: Object.entries(draft.headers).flat(),
    body: draft.body,
    address: "127.0.0.1",
  };
}

function unsuited(detail: string): SignalboxError {
  return new SignalboxError("RULE_PROVIDER_UNSUITED", `cannot sign: ${detail}`);
}
