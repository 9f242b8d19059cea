/**
 * A segment's compressed strings, in blocks of some rows so that one event costs one block: contexts with deliveries,
 * attempts and results as the fields of the event's hash, and bodies as bytes. Brotli, off the main thread:
 * blocks of 64 rows at quality 2 take a seventh less than of 32 at quality 1, for 3 µs more an event. Of large rows it
 * would be 10 µs and more, for a twentieth less: these are packed at quality 1. Each call costs 0.3 ms whatever it packs, so
 * a block of large rows is large as well: of 13 rows of 10 KB it costs 26 to 48 µs a row, of 60 rows 11 to 14.
 */
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import type { Blocks } from "./segment-columns.ts";

const compress = promisify<Buffer, object, Buffer>(brotliCompress);
const decompress = promisify<Buffer, object, Buffer>(brotliDecompress);

/** A block ends with so many rows, or bytes before it is compressed. To read one event unpacks its block: half a millisecond. */
const ROWS = 64;
const BYTES = 512 * 1024;
/** Rows of so many bytes on average are large. */
const LARGE = 4 * 1024;
/** A larger window costs a fifth more time, and brings nothing: what repeats does so from row to row. */
const WINDOW_BITS = 18;
/** Room besides what a block is expected to take: an eighth where it is packed, all of it where it is unpacked. */
const SPARE = 1024;
/** Stands in a context for the event's own id; JSON holds no such character. */
const OWN_ID = "\u0001";
const FIELD_END = "\n";
const ROW_END = Buffer.from("\u001e");

/** An event's hash, but for its body and what only a hot event needs. A context is these as `<name>=<value>`, a line each, with \1 for its own id. */
export type Fields = Readonly<Record<string, string>>;

/** A string of blocks. */
export interface Encoded {
  readonly text: Buffer;
  readonly blocks: Blocks;
}

/** The contexts of rows. */
export function encodeContexts(rows: readonly { readonly context: Buffer }[]): Promise<Encoded> {
  const encode = (some: readonly Buffer[]): Buffer =>
    Buffer.concat(some.flatMap((text, at) => (at === 0 ? [text] : [ROW_END, text])));
  return inBlocks(rows, ({ context }) => context, encode);
}

/** Bodies: their lengths, then their bytes. */
export function encodeBodies(rows: readonly { readonly body: Buffer }[]): Promise<Encoded> {
  const encode = (some: readonly Buffer[]): Buffer => {
    const lengths = Buffer.alloc(some.length * 4);
    some.forEach((body, at) => lengths.writeUInt32LE(body.length, at * 4));
    return Buffer.concat([lengths, ...some]);
  };
  return inBlocks(rows, ({ body }) => body, encode);
}

async function inBlocks<Row>(
  rows: readonly Row[],
  bytesOf: (row: Row) => Buffer,
  encode: (texts: readonly Buffer[]) => Buffer,
): Promise<Encoded> {
  const starts: number[] = [];
  const offsets = [0];
  const sizes: number[] = [];
  const parts: Buffer[] = [];
  for (let at = 0; at < rows.length;) {
    starts.push(at);
    const some: Buffer[] = [];
    for (let bytes = 0; at < rows.length && some.length < ROWS && bytes < BYTES; at++) {
      const text = bytesOf(rows[at]!);
      some.push(text);
      bytes += text.length;
    }
    // One after the other: whoever seals leaves the threads to those who serve.
    const raw = encode(some);
    const part = await compress(raw, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: raw.length / some.length < LARGE ? 2 : 1,
        [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
      },
      chunkSize: (raw.length >> 3) + SPARE,
    });
    sizes.push(raw.length);
    parts.push(part);
    offsets.push(offsets[offsets.length - 1]! + part.length);
  }
  return { text: Buffer.concat(parts), blocks: { rows: starts, offsets, raw: sizes } };
}

/** The contexts of a block as texts, one a row; `fieldsOf` takes them apart. */
export async function decodeContexts(block: Buffer, raw: number): Promise<string[]> {
  return (await decompress(block, { chunkSize: raw + SPARE })).toString().split(ROW_END.toString());
}

/** A context's fields. */
export function fieldsOf(context: string, id26: string): Fields {
  return fieldsIn(context.replaceAll(OWN_ID, id26));
}

/** The fields in lines of `<name>=<value>`. */
export function fieldsIn(lines: string): Fields {
  const fields: Record<string, string> = {};
  for (const field of lines.split(FIELD_END)) {
    const at = field.indexOf("=");
    fields[field.slice(0, at)] = field.slice(at + 1);
  }
  return fields;
}

/** The context of such lines. */
export function contextOf(lines: string, id26: string): Buffer {
  return Buffer.from(lines.replaceAll(id26, OWN_ID));
}

/** The bodies of a block; `bytes` is all of them in a row, `starts` where each begins, and the end. */
export async function decodeBodies(
  block: Buffer,
  raw: number,
  count: number,
): Promise<{ readonly bytes: Buffer; readonly starts: readonly number[] }> {
  const bytes = await decompress(block, { chunkSize: raw + SPARE });
  const starts = [count * 4];
  for (let at = 0; at < count; at++) starts.push(starts[at]! + bytes.readUInt32LE(at * 4));
  return { bytes, starts };
}
