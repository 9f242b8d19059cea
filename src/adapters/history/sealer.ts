/**
 * Sealing: hot events that are settled become segments, in the background. Two at once are harmless: each write is one script
 * that does nothing where the directory, or an event, is not as it was read; whoever comes second starts over.
 */
import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { firstIdAt, idAfter } from "../../core/ids.ts";
import type { Clock, Log } from "../../ports.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { contextOf, fieldsIn } from "./segment-blocks.ts";
import {
  encodeSegment,
  sealableOf,
  uniqueNumber,
  type Entry,
  type Sealable,
  type Segment,
} from "./segment.ts";
import { LEAST_EVENTS, RAW_BYTES, cut, type Range } from "./cut.ts";
import { SegmentGone, type Segments } from "./segments.ts";
import { bodyIn } from "../record/stored-body.ts";

/** Where sealed events may go besides: an analytical store. Called after each seal; what it throws is told, and that is all. */
export interface SegmentMirror {
  /** `number` is never used twice; events in `rows` may have been in segments `former`, which it replaces. */
  put(
    segment: Pick<Entry, "number" | "from" | "to">,
    former: readonly number[],
    rows: readonly Sealable[],
  ): Promise<void>;
}

export interface SealerOptions {
  /** Events of a segment. */
  readonly events?: number;
  /** Events stay hot for so long at least, ms. */
  readonly hotMs?: number;
  /** However few they are, events are sealed when the oldest settled one is this old, ms. */
  readonly waitMs?: number;
  /** Late ones are put into the segment of their time when they are so many, or one has waited for so long, ms. */
  readonly lateEvents?: number;
  readonly lateMs?: number;
  readonly mirror?: SegmentMirror;
}

const DEFAULTS = { events: 1_000, hotMs: 30_000, waitMs: 600_000, lateEvents: 50, lateMs: 300_000 };
const LEASE_MS = 20_000;
const READ_AT_ONCE = 32;
const LATE_AT_ONCE = 20_000;
/** So many small segments in a row become one. */
const SMALL_RUN = 8;
/** An event that was made hot for a change stays hot for so long, if the change does not come. */
const HELD_MS = 60_000;
const ZERO = "0".repeat(26);

interface HotRow extends Sealable {
  /** The count of its changes, as the seal compares it. */
  readonly changes: string;
}

/** A sealer over a connection; `run` seals what there is to seal, and returns how many events that were. */
export function createSealer(parts: {
  readonly commands: StoreConnection;
  readonly segments: Segments;
  readonly clock: Clock;
  readonly log: Log;
  readonly options?: SealerOptions;
}): { run(): Promise<number> } {
  const { commands, segments, clock, log } = parts;
  const { events, hotMs, waitMs, lateEvents, lateMs, mirror } = { ...DEFAULTS, ...parts.options };
  const token = randomUUID();
  /** When late ones of a range were first seen, by where the range begins. */
  let lateSince = new Map<string, number>();

  const lease = async (): Promise<boolean> => {
    if ((await commands.set(keys.sealer, token, "PX", LEASE_MS, "NX")) !== null) return true;
    if ((await commands.get(keys.sealer)) !== token) return false;
    await commands.pexpire(keys.sealer, LEASE_MS);
    return true;
  };

  const between = (zset: string, from: string, to: string, count: number): Promise<string[]> =>
    commands.zrange(zset, `[${from}`, to === "~" ? "+" : `(${to}`, "BYLEX", "LIMIT", 0, count);

  /** Those of the events that may be sealed, and the last one that was looked at: what they hold together is bounded. */
  const readHot = async (ids: readonly string[]): Promise<{ rows: HotRow[]; last: string | undefined }> => {
    const rows: HotRow[] = [];
    let last: string | undefined;
    let bytes = 0;
    for (
      let at = 0;
      at < ids.length && (bytes < RAW_BYTES || rows.length < LEAST_EVENTS);
      at += READ_AT_ONCE
    ) {
      const some = ids.slice(at, at + READ_AT_ONCE);
      const [replies, bodies] = await Promise.all([
        commands.sbRead(keys.events, ...some) as Promise<string[][]>,
        Promise.all(some.map((id26) => commands.hgetBuffer(keys.event(id26), "b"))),
      ]);
      some.forEach((id26, place) => {
        last = id26;
        const [changes, held, lines] = replies[place]!;
        const stored = bodies[place];
        if (changes === undefined || held === undefined || lines === undefined || !stored) return;
        // Somebody is about to change it, or died before that.
        if (held.length > 0 && clock.now() - Number(held) < HELD_MS) return;
        const of = contextOf(lines, id26);
        const row = sealableOf(id26, fieldsIn(lines), of, ({ l }) => bodyIn(stored, l));
        bytes += row.body.length;
        rows.push({ changes, ...row });
      });
      await nextTurn();
    }
    return { rows, last };
  };

  /** Writes rows as a segment, or as several, in place of others, by the directory as it was when `changes` was read; false: start over. */
  const seal = async (
    range: Range,
    sealed: readonly Sealable[],
    hot: readonly HotRow[],
    former: readonly Entry[],
    changes: string,
  ): Promise<boolean> => {
    const news = new Set(hot.map(({ id26 }) => id26));
    const rows = [...sealed.filter(({ id26 }) => !news.has(id26)), ...hot];
    rows.sort((a, b) => (a.id26 < b.id26 ? -1 : 1));
    const made: { readonly segment: Segment; readonly rows: readonly Sealable[] }[] = [];
    for (const one of cut(rows, range, events)) {
      let number = uniqueNumber(clock);
      while (made.some(({ segment }) => segment.entry.number === number)) number = uniqueNumber(clock);
      made.push({
        segment: await encodeSegment(one.rows, { number, from: one.from, to: one.to }),
        rows: one.rows,
      });
    }
    const sum = (of: readonly { readonly bytes: number }[]): number =>
      of.reduce((all, { bytes }) => all + bytes, 0);
    const bytes = sum(made.map(({ segment }) => segment.entry)) - sum(former);
    const reply = (await commands.sbSeal(
      keys.directory,
      keys.directoryChanges,
      keys.sealedBytes,
      changes,
      former.map((one) => one.number).join(","),
      bytes,
      made.length,
      ...made.flatMap(({ segment: { entry, columns, index, contexts, bodies } }) => [
        ...[entry.number, JSON.stringify(entry)],
        ...[columns, index, contexts, bodies],
      ]),
      ...hot.flatMap(({ id26, changes: seen }) => [id26, seen]),
    )) as string[];
    if (reply[0] === "differ") {
      const differing = new Set(reply);
      return seal(
        range,
        sealed,
        hot.filter(({ id26 }) => !differing.has(id26)),
        former,
        changes,
      );
    }
    await segments.refresh();
    if (reply.length > 0) return false;
    const replaced = former.map((one) => one.number);
    for (const { segment, rows: own } of made)
      await mirror
        ?.put(segment.entry, replaced.splice(0), own)
        .catch((error: unknown) =>
          log.warn({ segment: segment.entry.number, error: String(error) }, "history.mirror-failed"),
        );
    return true;
  };

  /** Cuts the next range of ids above the newest segment; undefined where there is none to cut. */
  const advance = async (): Promise<number | undefined> => {
    const { changes } = segments;
    const from = segments.entries.at(-1)?.to ?? ZERO;
    const [bytes, known] = await Promise.all([commands.get(keys.bytes), commands.zcard(keys.events)]);
    const average = Math.max(1, Number(bytes) / Math.max(1, known));
    const wanted = Math.min(events, Math.max(LEAST_EVENTS, Math.floor(RAW_BYTES / average)));
    const young = firstIdAt(clock.now() - hotMs);
    if (young <= from) return undefined;
    const ids = await between(keys.events, from, young, wanted);
    if (ids.length < wanted) {
      const [oldest] = await between(keys.settled, from, "~", 1);
      if (oldest === undefined || oldest >= firstIdAt(clock.now() - waitMs)) return undefined;
    }
    const newest = ids.at(-1);
    if (newest === undefined) return undefined;
    const settled = await between(keys.settled, from, idAfter(newest), ids.length);
    const { rows: hot, last } = await readHot(settled);
    const to = idAfter(last === undefined || last === settled.at(-1) ? newest : last);
    return (await seal({ from, to }, [], hot, [], changes)) ? hot.length : 0;
  };

  /** Puts late ones into the segments of their time, or into one of their own where that was dropped. */
  const merge = async (): Promise<number> => {
    const horizon = segments.entries.at(-1)?.to ?? ZERO;
    const late = await between(keys.settled, ZERO, horizon, LATE_AT_ONCE);
    const groups = new Map<string, string[]>();
    for (const id26 of late) {
      const from = segments.homeOf(id26)?.from ?? gapAt(segments, id26).from;
      const group = groups.get(from);
      if (group === undefined) groups.set(from, [id26]);
      else group.push(id26);
    }
    const now = clock.now();
    lateSince = new Map([...groups.keys()].map((from) => [from, lateSince.get(from) ?? now]));
    let merged = 0;
    for (const [from, ids] of groups) {
      if (ids.length < lateEvents && now - lateSince.get(from)! < lateMs) continue;
      const { changes } = segments;
      const home = segments.homeOf(ids[0]!);
      const some = home === undefined ? ids.slice(0, events) : ids;
      const gap = gapAt(segments, ids[0]!);
      const range = home ?? { from, to: some.length < ids.length ? idAfter(some.at(-1)!) : gap.to };
      const { rows: hot } = await readHot(some);
      const sealed = home === undefined ? [] : await segments.rowsIn(home);
      if (!(await seal({ from, to: range.to }, sealed, hot, home ? [home] : [], changes))) break;
      lateSince.delete(from);
      merged += hot.length;
      if (!(await lease())) break;
    }
    return merged;
  };

  /** Makes one segment of several small ones in a row, where nothing is hot that would make it large again. */
  const unite = async (): Promise<boolean> => {
    const { changes, entries } = segments;
    let run: Entry[] = [];
    let sum = 0;
    for (const entry of entries) {
      const fits = entry.count <= events / 2 && sum + entry.count <= events && run.at(-1)?.to === entry.from;
      if (!fits) [run, sum] = [[], 0];
      if (entry.count > events / 2) continue;
      if ((await commands.zlexcount(keys.events, `[${entry.from}`, `(${entry.to}`)) > 0) {
        [run, sum] = [[], 0];
        continue;
      }
      run.push(entry);
      sum += entry.count;
      if (run.length === SMALL_RUN) break;
    }
    if (run.length < SMALL_RUN) return false;
    const rows: Sealable[] = [];
    for (const entry of run) rows.push(...(await segments.rowsIn(entry)));
    return seal({ from: run[0]!.from, to: run.at(-1)!.to }, rows, [], run, changes);
  };

  return {
    async run() {
      let sealed = 0;
      if (!(await lease())) return sealed;
      await segments.refresh();
      try {
        for (;;) {
          const count = await advance();
          if (count === undefined) break;
          sealed += count;
          if (!(await lease())) return sealed;
        }
        sealed += await merge();
        while (await unite()) if (!(await lease())) break;
      } catch (error) {
        // Another has replaced what was being read: the next run goes on.
        if (!(error instanceof SegmentGone)) throw error;
      }
      return sealed;
    },
  };
}

/** The range around an id that no segment covers. */
function gapAt({ entries }: Segments, id26: string): Range {
  const next = entries.findIndex(({ from }) => from > id26);
  const before = next < 0 ? entries.at(-1) : entries[next - 1];
  return { from: before?.to ?? ZERO, to: next < 0 ? "~" : entries[next]!.from };
}
