/** The signed text: a template compiled to parts, so that the body is hashed where it lies. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { SignalboxError } from "../core/errors.ts";
import { rawMember } from "../core/raw-json.ts";
import { find, readPath, textOf } from "./locate.ts";
import type { Opened } from "./locate.ts";
import { headerValues } from "./headers.ts";
import { contentfulText } from "./irregular/contentful.ts";
import { coveredHeaders } from "./irregular/covered-headers.ts";
import { mercadoPagoManifest } from "./irregular/mercado-pago.ts";
import { neonPayload } from "./irregular/neon.ts";
import { phpJson } from "./irregular/php-json.ts";
import { snsText } from "./irregular/sns.ts";
import { hubspotDecoded, pathAndQuery } from "./url.ts";

/** What a template is filled from. */
export interface Subject {
  readonly opened: Opened;
  /** Spelling of the registered URL that is tried; undefined where none is configured. */
  readonly url: string | undefined;
  readonly timestamp: () => string | undefined;
  /** A field of the signature header. */
  readonly field: (name: string) => string | undefined;
  /** The item that is signed, where a scheme verifies `each`. */
  readonly item: unknown;
  readonly secret: Buffer;
  readonly config: Readonly<Record<string, string>>;
}

type Chunk = string | Buffer;
type Read = (subject: Subject, argument: string) => Chunk | undefined;

/** A template's parts in order; literal text has no token. */
export type Content = readonly {
  readonly token: string;
  readonly read: (subject: Subject) => Chunk | undefined;
}[];

const TOKENS: Record<string, Read> = {
  body: ({ opened }) => opened.request.body,
  timestamp: ({ timestamp }) => timestamp(),
  header: ({ opened }, name) => onlyHeader(opened, name),
  query: ({ opened }, name) => find(`query:${name}`, opened),
  form: ({ opened }, name) => find(`form:${name}`, opened),
  json: ({ opened }, path) => find(`json:${path}`, opened),
  item: ({ item }, path) => textOf(readPath(item, path)),
  sig: ({ field }, name) => field(name),
  url: ({ url }, form) => (form === "hubspotDecoded" && url !== undefined ? hubspotDecoded(url) : url),
  pathAndQuery: ({ opened }) => pathAndQuery(opened.request),
  path: ({ opened }) => opened.request.path,
  method: ({ opened }) => opened.request.method,
  sortedForm: ({ opened }) => sortedForm(opened.form()),
  payload: ({ opened }) => (isForm(opened) ? find("form:payload", opened) : opened.request.body),
  sha256hex: ({ opened }) => createHash("sha256").update(opened.request.body).digest("hex"),
  crc32dec: ({ opened }) => String(crc32(opened.request.body)),
  secret: ({ secret }) => secret,
  config: ({ config }, name) => configValue(config, name),
  // One provider's own rules each.
  sns: ({ opened }) => snsText(opened),
  contentful: ({ opened }) => contentfulText(opened),
  covered: ({ opened, field }, name) => coveredHeaders(opened, field(name)),
  mercadoPago: ({ opened, timestamp }) => mercadoPagoManifest(opened, timestamp()),
  rawJson: ({ opened }, name) => rawMember(opened.request.body.toString("utf8"), name),
  phpJson: ({ opened }, path) => phpJson(readPath(opened.json(), path)),
  neon: ({ opened, timestamp }) => neonPayload(opened, timestamp()),
};

const MAY_BE_ABSENT = new Set(["item", "json", "form"]);

/** Compiles a template; throws RULE_VALUE_INVALID where it names a token that does not exist. */
export function compileContent(template: string): Content {
  const parts: Content[number][] = [];
  for (const text of template.split(/(\{[^{}]*\})/)) {
    if (text === "") continue;
    if (!text.startsWith("{") || !text.endsWith("}")) parts.push(literal(text, template));
    else parts.push(token(text, template));
  }
  return parts;
}

/** The parts' values in order, or the first token that has none. */
export function fillContent(content: Content, subject: Subject): { chunks: Chunk[] } | { missing: string } {
  const chunks: Chunk[] = [];
  for (const part of content) {
    const chunk = part.read(subject);
    if (chunk === undefined) return { missing: part.token };
    chunks.push(chunk);
  }
  return { chunks };
}

/** True when the template reads the registered URL. */
export function readsUrl(content: Content): boolean {
  return content.some((part) => part.token.startsWith("{url"));
}

/** The value of `{config:name}` or `{config:name|default}`. */
export function configValue(config: Readonly<Record<string, string>>, name: string): string | undefined {
  const [key, fallback] = name.split("|", 2);
  return Object.hasOwn(config, key!) ? config[key!] : fallback;
}

function literal(text: string, template: string): Content[number] {
  // A lone brace is a mistyped token, and a token taken literally would leave the body unsigned.
  if (/[{}]/.test(text)) throw unknownToken(text, template);
  return { token: "", read: () => text };
}

function token(text: string, template: string): Content[number] {
  const [, name, argument = ""] = /^\{([A-Za-z0-9]+)(?::(.+))?\}$/.exec(text) ?? [];
  if (name === undefined || !Object.hasOwn(TOKENS, name)) throw unknownToken(text, template);
  const read = TOKENS[name]!;
  if (!argument.endsWith("?") || !MAY_BE_ABSENT.has(name))
    return { token: text, read: (subject) => read(subject, argument) };
  return { token: text, read: (subject) => read(subject, argument.slice(0, -1)) ?? "" };
}

function unknownToken(text: string, template: string): SignalboxError {
  const known = Object.keys(TOKENS).map((name) => `{${name}}`);
  return new SignalboxError(
    "RULE_VALUE_INVALID",
    `\`${text}\` in \`${template}\` is no token; there are ${known.join(" ")}`,
  );
}

/** As bytes: Node reads header values as latin1, and what was signed is what was on the wire. */
function onlyHeader({ request }: Opened, name: string): Buffer | undefined {
  const values = headerValues(request, name);
  return values.length === 1 && values[0] !== "" ? Buffer.from(values[0]!, "latin1") : undefined;
}

/** Keys by code unit, the distinct values of each sorted, all run together (Twilio, Mandrill). */
function sortedForm(form: URLSearchParams): string {
  const keys = [...new Set(form.keys())].sort();
  return keys
    .map((key) =>
      [...new Set(form.getAll(key))]
        .sort()
        .map((value) => key + value)
        .join(""),
    )
    .join("");
}

function isForm({ request }: Opened): boolean {
  return (request.headers["content-type"] ?? "")
    .toLowerCase()
    .startsWith("application/x-www-form-urlencoded");
}
