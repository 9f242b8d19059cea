/** Reading a body: from the exact bytes to the value that a rule sees. Pure; the same bytes give the same value. */
import { isUtf8 } from "node:buffer";
import { gunzipSync, inflateSync } from "node:zlib";
import { parseExactly } from "./big-integers.ts";
import { SignalboxError } from "./errors.ts";
import type { BodyKind } from "./event.ts";
import { parseMultipart } from "./multipart.ts";
import { parseXml } from "./xml.ts";

/** Levels of objects and arrays that a body may be nested. */
export const MAX_DEPTH = 100;

/** The kinds that a content type can announce. */
export type AnnouncedKind = "json" | "ndjson" | "form" | "multipart" | "xml" | "text";

/** The kind of body that a content type announces; undefined: none that is read. RFC 9110 § 8.3, RFC 6839, RFC 7303. */
export function kindOfContentType(contentType: string | undefined): AnnouncedKind | undefined {
  if (charsetOf(contentType) === undefined) return undefined;
  const type = (contentType ?? "").toLowerCase().split(";", 1)[0]!.trim();
  if (type === "application/json" || type === "text/json" || /^[a-z]+\/[^\s]*\+json$/.test(type))
    return "json";
  if (/^(?:application|text)\/xml$|^[a-z]+\/[^\s]*\+xml$/.test(type)) return "xml";
  if (/^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines|json-seq)$/.test(type)) return "ndjson";
  if (type === "application/x-www-form-urlencoded") return "form";
  if (type === "multipart/form-data") return "multipart";
  if (type === "text/plain") return "text";
  return undefined;
}

/** Charsets that are read, with the decoder's name for them; UTF-8 needs none. */
const CHARSETS: Readonly<Record<string, string>> = {
  "utf-8": "",
  utf8: "",
  "us-ascii": "",
  "iso-8859-1": "windows-1252",
  latin1: "windows-1252",
  "windows-1252": "windows-1252",
  "iso-8859-15": "iso-8859-15",
  "utf-16": "utf-16le",
  "utf-16le": "utf-16le",
  "utf-16be": "utf-16be",
};

/** The decoder that a content type's charset asks for, "" for UTF-8; undefined where it is none that is read. */
function charsetOf(contentType: string | undefined): string | undefined {
  const [, ...parameters] = (contentType ?? "").toLowerCase().split(";");
  for (const parameter of parameters) {
    const named = /^\s*charset="?([^"\s]*)"?\s*$/.exec(parameter)?.[1];
    if (named !== undefined) return Object.hasOwn(CHARSETS, named) ? CHARSETS[named] : undefined;
  }
  return "";
}

/** The bytes in UTF-8, as they are kept and read; the very same where they are so already. Throws ACCEPT_BODY_INVALID. */
export function inUtf8(
  bytes: Buffer,
  contentType: string | undefined,
  kind: AnnouncedKind | "jwt" | undefined = kindOfContentType(contentType),
): Buffer {
  return decodedBy(decoderOf(bytes, contentType, kind), bytes);
}

/** A charset of the content type goes before the one that XML names itself. RFC 7303 § 3.2. */
function decoderOf(bytes: Buffer, contentType: string | undefined, kind: string | undefined): string {
  const named = charsetOf(contentType) ?? "";
  if (named !== "" || kind !== "xml" || /;\s*charset=/i.test(contentType ?? "")) return named;
  const [, encoding = ""] = XML_ENCODING.exec(bytes.toString("latin1", 0, 200)) ?? [];
  const decoder = Object.hasOwn(CHARSETS, encoding.toLowerCase()) ? CHARSETS[encoding.toLowerCase()]! : "";
  // What could be read so far has a byte a sign.
  return decoder.startsWith("utf-16") ? "" : decoder;
}

/** The declaration of XML, and what it says the bytes are. */
const XML_ENCODING = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([\w.-]+)["']/;

function decodedBy(decoder: string, bytes: Buffer): Buffer {
  if (decoder === "") return bytes;
  try {
    // RFC 2781 § 3.3: where there is a mark of the order, it counts.
    const big = decoder === "utf-16le" && bytes[0] === 0xfe && bytes[1] === 0xff;
    return Buffer.from(new TextDecoder(big ? "utf-16be" : decoder, { fatal: true }).decode(bytes));
  } catch {
    throw new SignalboxError(
      "ACCEPT_BODY_INVALID",
      "The body is not in the charset that it is said to be in.",
    );
  }
}

/** Undoes a content-encoding of gzip or deflate, to at most `maxBytes`. Throws ACCEPT_BODY_*, ACCEPT_TYPE_UNSUPPORTED. */
export function decodeContent(bytes: Buffer, encoding: string | undefined, maxBytes: number): Buffer {
  const name = (encoding ?? "identity").trim().toLowerCase();
  if (name === "" || name === "identity") return bytes;
  const decode =
    name === "gzip" || name === "x-gzip" ? gunzipSync : name === "deflate" ? inflateSync : undefined;
  if (decode === undefined) {
    throw new SignalboxError(
      "ACCEPT_TYPE_UNSUPPORTED",
      "The content-encoding is none of gzip, deflate and identity.",
    );
  }
  try {
    return decode(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new SignalboxError("ACCEPT_BODY_TOO_LARGE", `The body inflates to more than ${maxBytes} bytes.`, {
        cause,
      });
    }
    throw new SignalboxError(
      "ACCEPT_BODY_INVALID",
      `The body is not what its content-encoding, ${name}, says.`,
      {
        cause,
      },
    );
  }
}

/** The value of a body. Throws ACCEPT_BODY_INVALID: not UTF-8, not what `kind` says, nested too deeply. */
export function readBody(bytes: Buffer, kind: BodyKind): unknown {
  if (kind === "empty") return null;
  const [format, field] = split(kind);
  if (format === "multipart") {
    const fields = unlessThrown(() => parseMultipart(bytes), "The body is not valid multipart/form-data.");
    if (field === undefined) return fields;
    return parseJson(textField(fields[field], field), `The form's field \`${field}\``);
  }
  if (!isUtf8(bytes)) throw new SignalboxError("ACCEPT_BODY_INVALID", "The body is not valid UTF-8.");
  const text = bytes.toString("utf8");
  switch (format) {
    case "json":
      return parseJson(withoutMark(text), "The body");
    case "json-rounded":
      return parseJson(withoutMark(text), "The body", true);
    case "ndjson":
      return parseLines(withoutMark(text));
    case "xml":
      return parseXmlBody(text, "The body");
    case "jwt":
      return claimsOf(text);
    case "form": {
      const fields = new URLSearchParams(text);
      if (field === undefined) return fieldsOf(fields);
      return parseJson(textField(fields.get(field), field), `The form's field \`${field}\``);
    }
    case "form-xml": {
      const xml = Buffer.from(textField(new URLSearchParams(text).get(field!), field!), "base64");
      return parseXmlBody(xml.toString("utf8"), `The form's field \`${field}\``);
    }
    default:
      return text;
  }
}

/** RFC 8259 § 8.1: who reads JSON may pass over a byte order mark. */
function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

function split(kind: BodyKind): [format: string, field: string | undefined] {
  const colon = kind.indexOf(":");
  return colon < 0 ? [kind, undefined] : [kind.slice(0, colon), kind.slice(colon + 1)];
}

function textField(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw new SignalboxError("ACCEPT_BODY_INVALID", `The form has no field \`${name}\`.`);
}

/** One JSON text a line; empty lines are skipped. */
function parseLines(text: string): unknown[] {
  const lines = text
    .replaceAll("\u001e", "\n")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line, at) => parseJson(line, `Line ${at + 1} of the body`));
}

function parseXmlBody(text: string, what: string): unknown {
  const value = unlessThrown(
    () => parseXml(text),
    `${what} is not XML that is read: well-formed, without a document type.`,
  );
  return notDeep(value, what);
}

/** The claims of a token that has been verified; a text in `data` that is JSON is read too. */
function claimsOf(text: string): unknown {
  const payload = Buffer.from(text.trim().split(".")[1] ?? "", "base64url").toString("utf8");
  const claims = parseJson(payload, "The token");
  if (typeof claims !== "object" || claims === null) return claims;
  const { data } = claims as { data?: unknown };
  if (typeof data !== "string") return claims;
  try {
    return { ...claims, data: parseJson(data, "The token's data") };
  } catch {
    return claims;
  }
}

/** The parsers' own sentences quote the payload: they are not passed on. */
function unlessThrown<T>(read: () => T, complaint: string): T {
  try {
    return read();
  } catch {
    throw new SignalboxError("ACCEPT_BODY_INVALID", complaint);
  }
}

/** Query or form fields: a name that stands once has its text, a repeated one an array. */
export function fieldsOf(fields: URLSearchParams): Record<string, string | string[]> {
  const named = new Map<string, string | string[]>();
  for (const [name, value] of fields) {
    const known = named.get(name);
    if (known === undefined) named.set(name, value);
    else if (typeof known === "string") named.set(name, [known, value]);
    else known.push(value);
  }
  return Object.fromEntries(named);
}

function parseJson(text: string, what: string, rounded = false): unknown {
  return notDeep(
    unlessThrown(() => parseExactly(text, rounded), `${what} is not valid JSON.`),
    what,
  );
}

function notDeep(value: unknown, what: string): unknown {
  if (deeperThan(value, MAX_DEPTH)) {
    throw new SignalboxError("ACCEPT_BODY_INVALID", `${what} is nested deeper than ${MAX_DEPTH} levels.`);
  }
  if (isBeyond(value)) throw beyond();
  return value;
}

/** A number that JSON may hold and JavaScript cannot: it would go out as null. */
function isBeyond(value: unknown): boolean {
  return value === Infinity || value === -Infinity;
}

function beyond(): SignalboxError {
  const detail = "The body holds a number beyond ±1.8e308, which cannot be passed on.";
  return new SignalboxError("ACCEPT_BODY_INVALID", detail);
}

/** Throws ACCEPT_BODY_INVALID for a number that is none of JavaScript's: it is looked at as the levels are. */
function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === "object" && deeperThan(item, levels - 1)) return true;
      if (isBeyond(item)) throw beyond();
    }
    return false;
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object" && deeperThan(item, levels - 1)) return true;
    if (isBeyond(item)) throw beyond();
  }
  return false;
}
