/** Segments: sealed events in a range of ids, never changed; a change makes another segment in their place. */
import { randomInt } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DeliveryState } from "../../core/delivery.ts";
import { idTime } from "../../core/ids.ts";
import type { Clock } from "../../ports.ts";
import type { DeliveryMeta, EventMeta } from "../record/format.ts";
import { hourOf } from "../record/keys.ts";
import { encodeBodies, encodeContexts, type Fields } from "./segment-blocks.ts";
import { encodeColumns, type ColumnRow } from "./segment-columns.ts";
import { encodeIndex } from "./segment-index.ts";

/**
 * A number for a segment, or for a change of the directory: never given twice, not even by a store that has forgotten its last
 * second, since readers know what they have read by it.
 */
export function uniqueNumber({ now }: Clock): number {
  return Math.floor(now()) * 4_096 + randomInt(4_096);
}

/** A sealed event as it is read: its hash's fields without b, o and w, and its body. */
export interface Row {
  readonly id26: string;
  readonly fields: Fields;
  readonly body: Buffer;
}

/**
 * An event to be sealed. A thousand are held until their segment is made: so what is parsed of one on the way is dropped again, but
 * for what columns and index hold of it.
 */
export interface Sealable {
  readonly id26: string;
  /** Its fields as a segment holds them: `fieldsOf` takes them apart. */
  readonly context: Buffer;
  readonly body: Buffer;
  readonly column: ColumnRow;
  /** 8 hex digits each. */
  readonly hashes: readonly string[];
}

/** An event for sealing, of its fields and these as its context; `bodyBy` makes its body by what its meta says of it. */
export function sealableOf(
  id26: string,
  fields: Fields,
  context: Buffer,
  bodyBy: (meta: EventMeta) => Buffer,
): Sealable {
  const meta = JSON.parse(fields["m"]!) as EventMeta;
  const body = bodyBy(meta);
  const { q, e, c } = meta;
  const kept = { c: { source: c.source, type: c.type }, ...(q && { q }), ...(e && { e: { of: e.of } }) };
  return {
    id26,
    context,
    body,
    column: { id26, meta: kept, bytes: body.length, deliveries: deliveriesIn(fields) },
    hashes: (fields["x"] ?? "").split(",").filter(Boolean),
  };
}

/** A segment in the directory: enough to know whether to look into it. */
export interface Entry {
  readonly number: number;
  /** All events with ids from `from` on and below `to` are in here, or hot. */
  readonly from: string;
  readonly to: string;
  /** Greatest and least id in it; "" where it is empty. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
  /** Entries of its index, and bytes in the store. */
  readonly hashes: number;
  readonly bytes: number;
  readonly sources: readonly string[];
  readonly types: readonly string[];
  readonly routes: readonly string[];
  readonly targets: readonly string[];
  readonly codes: readonly string[];
  readonly statuses: readonly number[];
  readonly causes: readonly string[];
  /** Events "quarantined", "unrouted" and "settled"; deliveries by `<state> <target>`. */
  readonly states: Readonly<Record<string, number>>;
  /** `<hour>|<source>|<what>` → count, as the ledger counts. */
  readonly ledger: Readonly<Record<string, number>>;
}

/** A segment as it is stored. */
export interface Segment {
  readonly entry: Entry;
  readonly columns: Buffer;
  readonly index: Buffer;
  readonly contexts: Buffer;
  readonly bodies: Buffer;
}

/** Bytes of a segment's entry and keys besides its strings. */
const OVERHEAD_BYTES = 1_500;

/** Seals rows, in order of their ids, as the segment of a number and a range. */
export async function encodeSegment(
  rows: readonly Sealable[],
  range: { readonly number: number; readonly from: string; readonly to: string },
): Promise<Segment> {
  const contexts = await encodeContexts(rows);
  const bodies = await encodeBodies(rows);
  const parsed = rows.map(({ column }) => column);
  const columns = rows.length === 0 ? Buffer.alloc(0) : encodeColumns(parsed, contexts.blocks, bodies.blocks);
  await nextTurn();
  const index = encodeIndex(rows.map(({ hashes }) => hashes));
  const bytes = columns.length + index.length + contexts.text.length + bodies.text.length + OVERHEAD_BYTES;
  const entry: Entry = {
    ...range,
    first: rows[0]?.id26 ?? "",
    last: rows.at(-1)?.id26 ?? "",
    count: rows.length,
    hashes: index.length / 6,
    bytes,
    ...namesIn(parsed),
    ...countsIn(parsed),
  };
  return { entry, columns, index, contexts: contexts.text, bodies: bodies.text };
}

/** The deliveries of an event's fields, in the order in which they were made. */
export function deliveriesIn(fields: Fields): DeliveryMeta[] {
  return (fields["r"] ?? "").split(",").flatMap((tag) => {
    const text = tag === "" ? undefined : fields[`d:${tag}`];
    return text === undefined ? [] : [JSON.parse(text) as DeliveryMeta];
  });
}

type NamesIn = Pick<Entry, "sources" | "types" | "routes" | "targets" | "codes" | "statuses" | "causes">;

function namesIn(rows: readonly ColumnRow[]): NamesIn {
  const sources = new Set<string>();
  const types = new Set<string>();
  const routes = new Set<string>();
  const targets = new Set<string>();
  const codes = new Set<string>();
  const statuses = new Set<number>();
  const causes = new Set<string>();
  for (const { meta, deliveries } of rows) {
    sources.add(meta.c.source);
    types.add(meta.c.type);
    for (const { r, t, c, h, f } of deliveries) {
      routes.add(r);
      targets.add(t);
      if (c !== undefined) codes.add(c);
      if (h !== undefined) statuses.add(h);
      if (f !== undefined) causes.add(f);
    }
  }
  return {
    sources: [...sources],
    types: [...types],
    routes: [...routes],
    targets: [...targets],
    codes: [...codes],
    statuses: [...statuses],
    causes: [...causes],
  };
}

function countsIn(rows: readonly ColumnRow[]): Pick<Entry, "states" | "ledger"> {
  const states: Record<string, number> = {};
  const ledger: Record<string, number> = {};
  for (const row of rows) {
    const state = row.deliveries.length > 0 ? "settled" : (row.meta.q ?? "unrouted");
    states[state] = (states[state] ?? 0) + 1;
    for (const { s, t } of row.deliveries) states[`${s} ${t}`] = (states[`${s} ${t}`] ?? 0) + 1;
    addToLedger(
      ledger,
      row.id26,
      row.meta,
      row.deliveries.map(({ s }) => s),
      1,
    );
  }
  return { states, ledger };
}

/** Counts an event into a recount of the ledger, or out of it. */
export function addToLedger(
  ledger: Record<string, number>,
  id26: string,
  { c, q }: { readonly c: { readonly source: string }; readonly q?: "quarantined" },
  states: readonly DeliveryState[],
  by: 1 | -1,
): void {
  const place = `${hourOf(idTime(id26))}|${c.source}|`;
  const add = (what: string, count: number): void => {
    ledger[place + what] = (ledger[place + what] ?? 0) + count * by;
  };
  add("events", 1);
  if (states.length === 0) add(q ?? "unrouted", 1);
  else add("made", states.length);
  for (const state of states) add(state, 1);
}
