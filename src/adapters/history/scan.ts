/**
 * The history from newest to oldest: what is sealed and what is hot, merged; where an event is both, as after a replay, the
 * hot one is the truth. Hot events are read first, then the directory of that very moment, so none is missed while it is sealed.
 */
import type { EventMeta, DeliveryMeta } from "../record/format.ts";
import type { Filter, ListedEvent, Paging } from "../../history.ts";
import { mayHold, rangeOf, rowTest, wants } from "./filter.ts";
import { hexOf, providerHash, tagHash, valuesOf } from "./index-hash.ts";
import { listedAt, listedOf } from "./listed.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { idAt, rowsBelow, type Columns } from "./segment-columns.ts";
import type { Fields } from "./segment-blocks.ts";
import { SegmentGone, TRIES, type Segments } from "./segments.ts";
import type { Entry } from "./segment.ts";

/** Hot events that are read at a time, at first and at most; segments whose columns or index are. */
const HOT = { first: 64, most: 512 };
const AHEAD = { columns: 32, index: 256 };

/** An event that was found. */
export interface Found {
  readonly id26: string;
  readonly event: ListedEvent;
  /** Where it is sealed; absent where it is hot. */
  readonly at?: { readonly entry: Entry; readonly columns: Columns; readonly row: number };
}

/** Events found in a stretch, newest first; everything from `before` on has been looked at. */
export interface Step {
  readonly found: readonly Found[];
  readonly before: string;
  /** Events that were looked at. */
  readonly seen: number;
}

interface Hot {
  readonly id26: string;
  readonly meta: EventMeta;
  readonly event: ListedEvent;
}

/** Walks from `start` (exclusive) down; at most `filter.limit` events a step. Filters by id are not for here. */
export async function* scan(
  commands: StoreConnection,
  segments: Segments,
  filter: Filter & Paging,
  start: string,
): AsyncGenerator<Step> {
  const { above, below } = rangeOf(filter);
  const hash = hashOf(filter);
  const prefix = hash === undefined ? "" : hexOf(hash);
  const known = new Map<number, readonly number[]>();
  let before = start < below ? start : below;
  let hot: Hot[] = [];
  /** All hot events from here on, up to `before`, are in `hot`. */
  let hotFrom = before;
  let chunk: number = takesAll(filter) ? Math.min(HOT.first, filter.limit) : HOT.first;
  let ahead = 1;
  let tries = 0;

  const readHot = async (): Promise<number> => {
    const upper = before === "~" ? (prefix === "" ? "+" : `(${prefix}~`) : `(${prefix}${before}`;
    const lower = above === "" && prefix === "" ? "-" : `[${prefix}${above}`;
    const zset = prefix === "" ? keys.events : keys.index;
    const reply = await commands.sbHot(zset, keys.directoryChanges, upper, lower, chunk);
    const [changes, rows, count, last] = reply as HotReply;
    hot = rows.map(hotOf);
    hotFrom = count < chunk ? above : last;
    chunk = Math.min(chunk * 2, HOT.most);
    await segments.refresh(changes);
    return rows.length;
  };

  /** Contexts of rows by hash are wanted one after the other: they are asked for together. */
  const readers = new Map<number, (row: number) => Promise<EventMeta>>();
  const readAhead = async (
    entries: readonly Entry[],
    rows: readonly (readonly number[])[],
  ): Promise<void> => {
    let left = filter.limit;
    const wanted = entries
      .map((entry, at) => ({ entry, rows: rows[at]! }))
      .filter((one) => one.rows.length > 0 && (left -= one.rows.length) > -one.rows.length);
    const columns = await segments.columnsOf(wanted.map(({ entry }) => entry));
    wanted.forEach(({ entry, rows: some }, at) => {
      const read = contextReader(segments, entry, columns[at]!);
      readers.set(entry.number, read);
      for (const row of some.slice(0, filter.limit)) read(row).catch(() => undefined);
    });
  };

  /** Rows that may be asked for, last first; undefined where the segment holds none. */
  const candidates = async (
    entry: Entry,
  ): Promise<{ columns: Columns; rows: Iterable<number> } | undefined> => {
    if (!mayHold(entry, filter)) return undefined;
    if (hash !== undefined) {
      if (!known.has(entry.number)) {
        const entries = entriesAhead(segments, entry, above, ahead, (one) => !mayHold(one, filter));
        const rows = await segments.rowsByHash(entries, hash);
        entries.forEach(({ number }, at) => known.set(number, rows[at]!));
        await readAhead(entries, rows);
        ahead = Math.min(ahead * 4, AHEAD.index);
      }
      const rows = known.get(entry.number)!;
      if (rows.length === 0) return undefined;
      const [columns] = await segments.columnsOf([entry]);
      return { columns: columns!, rows };
    }
    if (!segments.hasColumns(entry)) {
      const skip = (one: Entry): boolean => segments.hasColumns(one) || !mayHold(one, filter);
      await segments.columnsOf(entriesAhead(segments, entry, above, ahead, skip));
      ahead = Math.min(ahead * 2, AHEAD.columns);
    }
    const [columns] = await segments.columnsOf([entry]);
    return {
      columns: columns!,
      rows: matching(columns!, filter, before, entry.from > above ? entry.from : above),
    };
  };

  while (before > above) {
    let seen = before <= hotFrom ? await readHot() : 0;
    const entry = segments.newestBefore(before);
    const low = greatest(hotFrom, above, entry?.from ?? "");
    const found: Found[] = [];
    let cut: string | undefined;
    const add = (one: Found): boolean => {
      found.push(one);
      if (found.length >= filter.limit) cut = one.id26;
      return cut !== undefined;
    };
    const addHot = (least: string): boolean => {
      while (hot.length > 0 && hot[0]!.id26 >= least) {
        const { id26, event, meta } = hot.shift()!;
        if (wants(filter, event) && hasKeys(filter, meta) && add({ id26, event })) return true;
      }
      return false;
    };
    try {
      const sealed = entry === undefined ? undefined : await candidates(entry);
      if (entry !== undefined && sealed !== undefined) {
        seen += hash === undefined ? entry.count : 0;
        const { columns, rows } = sealed;
        const context = readers.get(entry.number) ?? contextReader(segments, entry, columns);
        const test = rowTest(columns, filter);
        for (const row of rows) {
          const id26 = idAt(columns, row);
          if (id26 >= before) continue;
          if (id26 < low) break;
          if (hot.length > 0 && addHot(`${id26}0`)) break;
          if (hot[0]?.id26 === id26) continue;
          if (hash !== undefined && !(test(row) && hasKeys(filter, await context(row)))) continue;
          if (add(new SealedFound(id26, { entry, columns, row }))) break;
        }
      }
    } catch (error) {
      if (!(error instanceof SegmentGone) || ++tries === TRIES) throw error;
      await segments.refresh();
      // What was found of it is found again in what has taken its place; hot events that were taken are read again.
      hotFrom = before;
      hot = [];
      continue;
    }
    if (cut === undefined) addHot(low);
    before = cut ?? low;
    if (found.length > 0 || seen > 0) yield { found, before, seen };
  }
}

/** All hot events from an id on, newest first. */
export async function* hotEvents(
  commands: StoreConnection,
  segments: Segments,
  above: string,
): AsyncGenerator<{ readonly id26: string; readonly event: ListedEvent }> {
  for (let upper = "+"; ;) {
    const lower = above === "" ? "-" : `[${above}`;
    const reply = await commands.sbHot(keys.events, keys.directoryChanges, upper, lower, HOT.most);
    const [changes, rows, count, last] = reply as HotReply;
    await segments.refresh(changes);
    yield* rows.map(hotOf);
    if (count < HOT.most) return;
    upper = `(${last}`;
  }
}

type HotReply = [changes: string, rows: [string, string, number, ...string[]][], count: number, last: string];

function greatest(...texts: readonly string[]): string {
  return texts.reduce((a, b) => (a > b ? a : b));
}

/** A sealed event. Lists need its names and texts, searches do not: they are put together when they are asked for. */
class SealedFound implements Found {
  readonly id26: string;
  readonly at: NonNullable<Found["at"]>;
  #event: ListedEvent | undefined;

  constructor(id26: string, at: NonNullable<Found["at"]>) {
    this.id26 = id26;
    this.at = at;
  }

  // On the prototype: one of each event's own costs a search more than finding it.
  get event(): ListedEvent {
    return (this.#event ??= listedAt(this.at.columns, this.at.row, this.id26));
  }
}

/** True where every event of the span is wanted: no more of them are read than are asked for. */
function takesAll(filter: Filter): boolean {
  const spans = ["limit", "cursor", "from", "to"];
  return Object.entries(filter).every(([name, wanted]) => wanted === undefined || spans.includes(name));
}

function hotOf([id26, m, bytes, ...texts]: [string, string, number, ...string[]]): Hot {
  const meta = JSON.parse(m) as EventMeta;
  const deliveries = texts.filter((text) => text !== "").map((text) => JSON.parse(text) as DeliveryMeta);
  return { id26, meta, event: listedOf(id26, meta, meta.l ?? bytes, deliveries) };
}

/** The segment and those before it, at most `count`, without those that `skip` says. */
function entriesAhead(
  segments: Segments,
  entry: Entry,
  above: string,
  count: number,
  skip: (entry: Entry) => boolean,
): Entry[] {
  const found = [entry];
  const { entries } = segments;
  for (let at = entries.indexOf(entry) - 1; at >= 0 && found.length < count; at--) {
    if (entries[at]!.to <= above) break;
    if (!skip(entries[at]!)) found.push(entries[at]!);
  }
  return found;
}

function* matching(
  columns: Columns,
  filter: Filter & Paging,
  before: string,
  low: string,
): Generator<number> {
  const test = rowTest(columns, filter);
  const last = rowsBelow(columns, low);
  for (let row = rowsBelow(columns, before) - 1; row >= last; row--) if (test(row)) yield row;
}

function hashOf({ providerId, tag }: Filter): number | undefined {
  if (providerId !== undefined) return providerHash(providerId);
  return tag === undefined ? undefined : tagHash(tag.name, tag.value);
}

/** True where an event has the provider's id and the tag that are asked for. */
function hasKeys({ providerId, tag }: Filter, { i, t }: Pick<EventMeta, "i" | "t">): boolean {
  if (providerId !== undefined && providerId !== i) return false;
  if (tag === undefined) return true;
  const value = t?.[tag.name];
  return value !== undefined && valuesOf(value).includes(tag.value);
}

/** Reads metas of a segment's rows; neighbours share a block, which is read once. */
function contextReader(
  segments: Segments,
  entry: Entry,
  columns: Columns,
): (row: number) => Promise<EventMeta> {
  const blocks = new Map<number, Promise<readonly string[]>>();
  return async (row) => {
    const fields = await segments.fieldsAt(entry, columns, row, blocks);
    return JSON.parse(fields["m"]!) as EventMeta;
  };
}

/** An event's fields without its body; undefined where it has gone since it was found. `blocks` are those of its segment. */
export async function fieldsOfFound(
  { id26, at }: Found,
  commands: StoreConnection,
  segments: Segments,
  blocks?: Map<number, Promise<readonly string[]>>,
): Promise<Fields | undefined> {
  if (at !== undefined) {
    try {
      return await segments.fieldsAt(at.entry, at.columns, at.row, blocks);
    } catch (error) {
      if (!(error instanceof SegmentGone)) throw error;
    }
  }
  const names = (await commands.hkeys(keys.event(id26))).filter((name) => name !== "b");
  const texts = names.length === 0 ? [] : await commands.hmget(keys.event(id26), ...names);
  const pairs = names.flatMap((name, place) => (texts[place] === null ? [] : [[name, texts[place]]]));
  if (pairs.length > 0) return Object.fromEntries(pairs) as Fields;
  return (await segments.find(id26))?.fields;
}
