/**
 * A segment's columns: what lists and filters look at, as binary columns over tables of names. Fixed width, so that a filter
 * runs over numbers: 27 bytes an event and 25 a delivery. Little-endian.
 */
import type { DeliveryState } from "../../core/delivery.ts";
import { idBytes, idText } from "../../core/ids.ts";
import type { DeliveryMeta, EventMeta } from "../record/format.ts";

/** The order is part of the format. */
export const STATES: readonly DeliveryState[] = [
  "pending",
  "retrying",
  "delivered",
  "filtered",
  "dead",
  "discarded",
  "deviated",
  "superseded",
  "held",
];
const NAMES = ["source", "type", "route", "target", "code", "cause", "rule"] as const;
type Names = Readonly<Record<(typeof NAMES)[number], readonly string[]>>;

/** Blocks of a string: the first row of each, the byte offset of each with the end of the last, their bytes unpacked. */
export interface Blocks {
  readonly rows: readonly number[];
  readonly offsets: readonly number[];
  readonly raw: readonly number[];
}

interface Head {
  readonly count: number;
  readonly deliveries: number;
  readonly names: Names;
  readonly context: Blocks;
  readonly bodies: Blocks;
  /** Edited replays by their rows: the 26 characters of the event that each was made from. */
  readonly replays: Readonly<Record<number, string>>;
}

/** Numbers that stand for names are places in `names`; 65535 stands for none. */
export interface Columns extends Head {
  readonly changed: Float64Array;
  readonly size: Uint32Array;
  /** An event's first delivery; one more at the end. */
  readonly first: Uint32Array;
  readonly source: Uint16Array;
  readonly type: Uint16Array;
  readonly route: Uint16Array;
  readonly target: Uint16Array;
  readonly attempts: Uint16Array;
  readonly status: Uint16Array;
  readonly code: Uint16Array;
  readonly cause: Uint16Array;
  readonly rule: Uint16Array;
  /** 1: quarantined. */
  readonly flags: Uint8Array;
  readonly state: Uint8Array;
  readonly ids: Uint8Array;
  /** What it takes in memory. */
  readonly bytes: number;
}

export const NONE = 65_535;

const PER_DELIVERY = new Set([
  "changed",
  "route",
  "target",
  "attempts",
  "status",
  "code",
  "cause",
  "rule",
  "state",
]);
type Column = Exclude<keyof Columns, keyof Head | "bytes">;
const COLUMNS: readonly (readonly [Column, 8 | 4 | 2 | 1])[] = [
  ["changed", 8],
  ["size", 4],
  ["first", 4],
  ["source", 2],
  ["type", 2],
  ["route", 2],
  ["target", 2],
  ["attempts", 2],
  ["status", 2],
  ["code", 2],
  ["cause", 2],
  ["rule", 2],
  ["flags", 1],
  ["state", 1],
  ["ids", 1],
];

function lengthOf(column: Column, { count, deliveries }: Head): number {
  if (PER_DELIVERY.has(column)) return deliveries;
  return column === "first" ? count + 1 : column === "ids" ? count * 16 : count;
}

/** One event with its deliveries, as columns need it. */
export interface ColumnRow {
  readonly id26: string;
  readonly meta: Pick<EventMeta, "q"> & {
    readonly c: Pick<EventMeta["c"], "source" | "type">;
    readonly e?: Pick<NonNullable<EventMeta["e"]>, "of">;
  };
  readonly bytes: number;
  readonly deliveries: readonly DeliveryMeta[];
}

/** Rows in order of their ids, as one string. */
export function encodeColumns(rows: readonly ColumnRow[], context: Blocks, bodies: Blocks): Buffer {
  const tables = Object.fromEntries(NAMES.map((name) => [name, new Map<string, number>()])) as Record<
    (typeof NAMES)[number],
    Map<string, number>
  >;
  const numberOf = (table: (typeof NAMES)[number], name: string | undefined): number => {
    if (name === undefined) return NONE;
    const known = tables[table].get(name);
    if (known !== undefined) return known;
    tables[table].set(name, tables[table].size);
    return tables[table].size - 1;
  };
  const deliveries = rows.reduce((sum, row) => sum + row.deliveries.length, 0);
  const sizes = { count: rows.length, deliveries };
  const columns = Object.fromEntries(
    COLUMNS.map(([name, width]) => [
      name,
      arrayOf(width, new ArrayBuffer(width * lengthOf(name, sizes as Head))),
    ]),
  ) as unknown as Columns;
  const replays: Record<number, string> = {};
  let next = 0;
  rows.forEach(({ id26, meta, bytes, deliveries }, at) => {
    idBytes(id26, columns.ids, at * 16);
    columns.size[at] = bytes;
    columns.first[at] = next;
    columns.source[at] = numberOf("source", meta.c.source);
    columns.type[at] = numberOf("type", meta.c.type);
    columns.flags[at] = meta.q === undefined ? 0 : 1;
    if (meta.e !== undefined) replays[at] = meta.e.of.slice(4);
    for (const { r, t, s, n, u, c, f, h, v } of deliveries) {
      columns.route[next] = numberOf("route", r);
      columns.target[next] = numberOf("target", t);
      columns.state[next] = STATES.indexOf(s);
      columns.attempts[next] = Math.min(n, NONE);
      columns.status[next] = h ?? NONE;
      columns.code[next] = numberOf("code", c);
      columns.cause[next] = numberOf("cause", f);
      columns.rule[next] = numberOf("rule", v);
      columns.changed[next] = u;
      next++;
    }
  });
  columns.first[rows.length] = next;
  const names = Object.fromEntries(NAMES.map((name) => [name, [...tables[name].keys()]])) as unknown as Names;
  const head = Buffer.from(JSON.stringify({ ...sizes, names, context, bodies, replays } satisfies Head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const parts = COLUMNS.map(([name]) => {
    const column = columns[name];
    return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
  });
  return Buffer.concat([length, head, ...parts]);
}

/** The columns of such a string. */
export function decodeColumns(text: Buffer): Columns {
  const headEnd = 4 + text.readUInt32LE(0);
  const head = JSON.parse(text.toString("utf8", 4, headEnd)) as Head;
  // A copy of its own: numbers wider than a byte want to be aligned.
  const bytes = new Uint8Array(text.length - headEnd);
  bytes.set(text.subarray(headEnd));
  let offset = 0;
  const columns: Partial<Record<Column, unknown>> = {};
  for (const [name, width] of COLUMNS) {
    const length = width * lengthOf(name, head);
    columns[name] = arrayOf(width, bytes.buffer, offset, length);
    offset += length;
  }
  return { ...head, ...columns, bytes: text.length + 2048 } as Columns;
}

function arrayOf(
  width: 8 | 4 | 2 | 1,
  buffer: ArrayBuffer,
  offset = 0,
  bytes = buffer.byteLength,
): Float64Array | Uint32Array | Uint16Array | Uint8Array {
  const length = bytes / width;
  // Columns of one width follow one another, the widest first: an odd count of narrow ones never precedes a wide one.
  if (width === 8) return new Float64Array(buffer, offset, length);
  if (width === 4) return new Uint32Array(buffer, offset, length);
  return width === 2 ? new Uint16Array(buffer, offset, length) : new Uint8Array(buffer, offset, length);
}

/** The 26 characters of a row's id. */
export function idAt(columns: Columns, row: number): string {
  return idText(columns.ids.subarray(row * 16, row * 16 + 16));
}

/** The number of rows whose ids are less than this text: where it stands, or would stand. */
export function rowsBelow(columns: Columns, id26: string): number {
  if (id26.length > 26)
    return rowsBelow(columns, id26.slice(0, 26)) + (rowOf(columns, id26.slice(0, 26)) < 0 ? 0 : 1);
  if (id26 === "") return 0;
  if (id26 > "7zzzzzzzzzzzzzzzzzzzzzzzzz") return columns.count;
  const wanted = new Uint8Array(16);
  idBytes(id26.padEnd(26, "0"), wanted, 0);
  let low = 0;
  let high = columns.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(columns.ids.subarray(middle * 16, middle * 16 + 16), wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The row of an id; -1 where there is none. */
export function rowOf(columns: Columns, id26: string): number {
  const row = rowsBelow(columns, id26);
  return row < columns.count && idAt(columns, row) === id26 ? row : -1;
}

/** The block that holds a row, as its place in the list. */
export function blockOf({ rows }: Blocks, row: number): number {
  let block = rows.length - 1;
  while (block > 0 && rows[block]! > row) block--;
  return block;
}
