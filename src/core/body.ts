/** Reading a body: from the exact bytes to the value that a rule sees. Pure; the same bytes give the same value. */
import { isUtf8 } from "node:buffer";
import { gunzipSync, inflateSync } from "node:zlib";
import { SignalboxError } from "./errors.ts";
import type { BodyKind } from "./event.ts";

/** Levels of objects and arrays that a body may be nested. */
export const MAX_DEPTH = 100;

/** The kind of body that a content type announces; undefined: none that is read. RFC 9110 § 8.3, RFC 6839 § 3.1. */
export function kindOfContentType(contentType: string | undefined): "json" | "form" | "text" | undefined {
  const [essence = "", ...parameters] = (contentType ?? "").toLowerCase().split(";");
  const charset = /^\s*charset="?([^"\s]*)"?\s*$/;
  for (const parameter of parameters) {
    const named = charset.exec(parameter)?.[1];
    if (named !== undefined && named !== "utf-8" && named !== "utf8" && named !== "us-ascii")
      return undefined;
  }
  const type = essence.trim();
  if (type === "application/json" || type === "text/json" || /^[a-z]+\/[^\s]*\+json$/.test(type))
    return "json";
  if (type === "application/x-www-form-urlencoded") return "form";
  if (type === "text/plain") return "text";
  return undefined;
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
  if (!isUtf8(bytes)) throw new SignalboxError("ACCEPT_BODY_INVALID", "The body is not valid UTF-8.");
  const text = bytes.toString("utf8");
  if (kind === "text") return text;
  if (kind === "json") return parseJson(text, "The body");
  const fields = new URLSearchParams(text);
  if (kind === "form") return fieldsOf(fields);
  const name = kind.slice("form:".length);
  const value = fields.get(name);
  if (value === null) throw new SignalboxError("ACCEPT_BODY_INVALID", `The form has no field \`${name}\`.`);
  return parseJson(value, `The form's field \`${name}\``);
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

function parseJson(text: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own sentence quotes the payload: it is not passed on.
    throw new SignalboxError("ACCEPT_BODY_INVALID", `${what} is not valid JSON.`);
  }
  if (deeperThan(value, MAX_DEPTH)) {
    throw new SignalboxError("ACCEPT_BODY_INVALID", `${what} is nested deeper than ${MAX_DEPTH} levels.`);
  }
  return value;
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object" && deeperThan(item, levels - 1)) return true;
    return false;
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object" && deeperThan(item, levels - 1)) return true;
  }
  return false;
}
