/**
 * A value as multipart/form-data (RFC 7578): texts are fields, `{ filename, contentType, text | base64 }` is a file, an
 * array is a repeated field. The same value gives the same bytes, boundary included.
 */
import { createHash } from "node:crypto";
import { isFields } from "./schema-walk.ts";

/** The bytes and their content type. Throws an Error whose sentence tells what no such form can hold. */
export function writeMultipart(value: unknown): { readonly bytes: Buffer; readonly contentType: string } {
  if (!isFields(value)) throw new Error("a multipart form needs an object with its fields");
  const parts = Object.entries(value).flatMap(([name, part]) =>
    (Array.isArray(part) ? part : [part]).flatMap((item) => partOf(name, item)),
  );
  if (parts.length === 0) throw new Error("a multipart form needs at least one field");
  const boundary = boundaryOf(parts);
  const lines = parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from("\r\n")]);
  return {
    bytes: Buffer.concat([...lines, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

function partOf(name: string, value: unknown): Buffer[] {
  if (value === null || value === undefined) return [];
  const disposition = `content-disposition: form-data; name="${quoted(name)}"`;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return [Buffer.from(`${disposition}\r\n\r\n${value}`)];
  if (!isFields(value) || typeof value["filename"] !== "string")
    throw new Error("a field of a multipart form is neither text nor a file with `filename`");
  const { filename, contentType = "application/octet-stream", text, base64 } = value;
  if (typeof contentType !== "string" || !/^[\w.+-]+\/[\w.+-]+(?:;[ \w.+=/"-]*)?$/.test(contentType))
    throw new Error("a file of a multipart form has a `contentType` that is none");
  const head = `${disposition}; filename="${quoted(filename)}"\r\ncontent-type: ${contentType}\r\n\r\n`;
  return [Buffer.concat([Buffer.from(head), contentOf(text, base64)])];
}

function contentOf(text: unknown, base64: unknown): Buffer {
  if (typeof text === "string" && base64 === undefined) return Buffer.from(text);
  if (typeof base64 === "string" && text === undefined && /^[A-Za-z0-9+/]*={0,2}$/.test(base64))
    return Buffer.from(base64, "base64");
  throw new Error("a file of a multipart form needs either `text` or `base64`");
}

/** RFC 7578 § 2 and the URL standard's "multipart/form-data encoding algorithm". */
function quoted(text: string): string {
  return text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** A hash of the parts cannot stand in them but by chance; then its hash is taken. */
function boundaryOf(parts: readonly Buffer[]): string {
  let hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  for (;;) {
    const boundary = `signalbox-${hash.digest("hex").slice(0, 32)}`;
    if (!parts.some((part) => part.includes(boundary))) return boundary;
    hash = createHash("sha256").update(boundary);
  }
}
