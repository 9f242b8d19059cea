import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeBodies,
  decodeContexts,
  encodeBodies,
  encodeContexts,
  fieldsOf,
} from "../../../src/adapters/history/segment-blocks.ts";
import { blockOf } from "../../../src/adapters/history/segment-columns.ts";
import { encodeIndex, rowsOf, windowOf } from "../../../src/adapters/history/segment-index.ts";
import { eventId, firstIdAt, idAfter, idBytes, idText, idTime } from "../../../src/core/ids.ts";

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
const anId = (ms: number): string => eventId(ms, randomBytes(10)).slice(4);

describe("an index", () => {
  it("holds a hash in the part that is read of it, or says that it may lie outside", () => {
    const check = (count: number): void => {
      const hashes = Array.from({ length: count }, (_, nth) => hashOf(`row ${nth} of ${count}`));
      const text = encodeIndex(hashes.map((hash) => [hash]));
      let outside = 0;
      for (const [row, hash] of hashes.entries()) {
        const { start, end } = windowOf(parseInt(hash, 16), count);
        const rows = rowsOf(parseInt(hash, 16), text.subarray(start, end), start === 0, end === text.length);
        if (rows === undefined) outside++;
        expect(rows ?? rowsOf(parseInt(hash, 16), text, true, true)).toContain(row);
      }
      expect(outside).toBeLessThanOrEqual(Math.max(1, count / 500));
    };
    for (const count of [0, 1, 2, 10, 100, 3_000]) check(count);
  });

  it("gives all rows of a hash that many share, and none of one that none has", () => {
    const text = encodeIndex([["00000000", "0000002a"], ["0000002a"], [], ["0000002a", "ffffffff"]]);
    expect(rowsOf(42, text, true, true)).toEqual([3, 1, 0]);
    expect(rowsOf(0xffffffff, text, true, true)).toEqual([3]);
    expect(rowsOf(41, text, true, true)).toEqual([]);
    expect(rowsOf(42, text.subarray(6, 12), false, false)).toBeUndefined();
  });
});

describe("blocks", () => {
  it("give back bodies of any bytes and size", async () => {
    const sizes = [0, 1, 5, 70_000, 0, 140_000, 3, ...Array.from({ length: 200 }, (_, at) => at)];
    const rows = sizes.map((size) => ({ body: randomBytes(size) }));
    const { text, blocks } = await encodeBodies(rows);
    for (const [row, { body }] of rows.entries()) {
      const block = blockOf(blocks, row);
      const count = (blocks.rows[block + 1] ?? rows.length) - blocks.rows[block]!;
      const part = text.subarray(blocks.offsets[block], blocks.offsets[block + 1]);
      const { bytes, starts } = await decodeBodies(part, blocks.raw[block]!, count);
      const at = row - blocks.rows[block]!;
      expect(bytes.subarray(starts[at], starts[at + 1]).equals(body)).toBe(true);
    }
  });

  it("give back contexts of any JSON, with their own id in them or another's", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 70 }), async (values) => {
        const rows = values.map((value, at) => {
          const id26 = anId(at);
          const m = JSON.stringify({ value, id26, other: anId(1) });
          const fields = { m, r: "a,b", "d:a": '"="', x: "" };
          const lines = Object.entries(fields).map(([name, text]) => `${name}=${text}`);
          return { id26, fields, context: Buffer.from(lines.join("\n").replaceAll(id26, "\u0001")) };
        });
        const { text, blocks } = await encodeContexts(rows);
        const texts: string[] = [];
        for (const [block, raw] of blocks.raw.entries())
          texts.push(
            ...(await decodeContexts(text.subarray(blocks.offsets[block], blocks.offsets[block + 1]), raw)),
          );
        expect(texts.map((one, at) => fieldsOf(one, rows[at]!.id26))).toEqual(
          rows.map(({ fields }) => fields),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe("an event's 26 characters", () => {
  it("are 16 bytes and back, sort alike, and tell when it was received", () => {
    const made = Array.from({ length: 500 }, () => Math.floor(Math.random() * 2 ** 45)).map((ms) => ({
      ms,
      id: anId(ms),
    }));
    const bytesOf = (id: string): Buffer => {
      const bytes = Buffer.alloc(16);
      idBytes(id, bytes, 0);
      return bytes;
    };
    for (const { ms, id } of made) {
      expect(idText(bytesOf(id))).toBe(id);
      expect(idTime(id)).toBe(ms);
      expect(firstIdAt(ms) <= id && id < firstIdAt(ms + 1)).toBe(true);
    }
    const ids = made.map(({ id }) => id);
    expect([...ids].sort()).toEqual([...ids].sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b))));
  });

  it("have others right after them", () => {
    expect(idAfter("0".repeat(26))).toBe(`${"0".repeat(25)}1`);
    expect(idAfter(`${"0".repeat(24)}9z`)).toBe(`${"0".repeat(24)}a0`);
    expect(idAfter(`01${"z".repeat(24)}`)).toBe(`02${"0".repeat(24)}`);
  });
});
