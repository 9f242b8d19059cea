/**
 * A segment's compressed strings, in blocks of 32 rows so that one event costs one block: contexts with deliveries,
 * attempts and results as the fields of the event's hash, and bodies as bytes. Brotli at its quickest, off the main thread.
 */
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";
import type { Blocks } from "./segment-columns.ts";

const compress = promisify<Buffer, object, Buffer>(brotliCompress);
const decompress = promisify<Buffer, Buffer>(brotliDecompress);

const ROWS = 32;
/** Stands in a context for the event's own id; JSON holds no such character. */
const OWN_ID = "\u0001";
const FIELD_END = "\n";
const ROW_END = "\u001e";

/** An event's hash, but for its body and what only a hot event needs. */
export type Fields = Readonly<Record<string, string>>;

/** A string of blocks. */
export interface Encoded {
  readonly text: Buffer;
  readonly blocks: Blocks;
}

/** Contexts; ids are those of the rows. */
export function encodeContexts(
  rows: readonly { readonly id26: string; readonly fields: Fields }[],
): Promise<Encoded> {
  return inBlocks(rows, (some) =>
    Buffer.from(
      some
        .map(({ id26, fields }) =>
          Object.entries(fields)
            .map(([name, text]) => `${name}=${text}`)
            .join(FIELD_END)
            .replaceAll(id26, OWN_ID),
        )
        .join(ROW_END),
    ),
  );
}

/** Bodies: their lengths, then their bytes. */
export function encodeBodies(rows: readonly { readonly body: Buffer }[]): Promise<Encoded> {
  return inBlocks(rows, (some) => {
    const lengths = Buffer.alloc(some.length * 4);
    some.forEach(({ body }, at) => lengths.writeUInt32LE(body.length, at * 4));
    return Buffer.concat([lengths, ...some.map(({ body }) => body)]);
  });
}

async function inBlocks<Row>(
  rows: readonly Row[],
  encode: (rows: readonly Row[]) => Buffer,
): Promise<Encoded> {
  const starts: number[] = [];
  const offsets = [0];
  const parts: Buffer[] = [];
  // One after the other: whoever seals leaves the threads to those who serve.
  for (let at = 0; at < rows.length; at += ROWS) {
    const raw = encode(rows.slice(at, at + ROWS));
    const part = await compress(raw, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 1,
        [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
      },
    });
    starts.push(at);
    parts.push(part);
    offsets.push(offsets[offsets.length - 1]! + part.length);
  }
  return { text: Buffer.concat(parts), blocks: { rows: starts, offsets } };
}

/** The contexts of a block as texts, one a row; `fieldsOf` takes them apart. */
export async function decodeContexts(block: Buffer): Promise<string[]> {
  return (await decompress(block)).toString().split(ROW_END);
}

/** A context's fields. */
export function fieldsOf(text: string, id26: string): Fields {
  const fields: Record<string, string> = {};
  for (const field of text.replaceAll(OWN_ID, id26).split(FIELD_END)) {
    const at = field.indexOf("=");
    fields[field.slice(0, at)] = field.slice(at + 1);
  }
  return fields;
}

/** The bodies of a block; `bytes` is all of them in a row, `starts` where each begins, and the end. */
export async function decodeBodies(
  block: Buffer,
  count: number,
): Promise<{ readonly bytes: Buffer; readonly starts: readonly number[] }> {
  const bytes = await decompress(block);
  const starts = [count * 4];
  for (let at = 0; at < count; at++) starts.push(starts[at]! + bytes.readUInt32LE(at * 4));
  return { bytes, starts };
}
