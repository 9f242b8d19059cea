/**
 * The ledger: what became of what was received, by hour and source, counted inside the scripts that change it; and a recount
 * from the events themselves, which shares no counter with it.
 */
import { firstIdAt } from "../../core/ids.ts";
import type { Clock } from "../../ports.ts";
import { hotEvents } from "../history/scan.ts";
import { hourOf, keys } from "./keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { rowOf } from "../history/segment-columns.ts";
import { addToLedger } from "../history/segment.ts";
import { SegmentGone, type Segments } from "../history/segments.ts";
import type { BalanceHour, ListedEvent } from "../../history.ts";
import { listedAt } from "../history/listed.ts";

/** What is counted of an hour and source: events, and where the deliveries stand that were made of them. */
const COUNTS = [
  "events",
  "unrouted",
  "quarantined",
  "made",
  "pending",
  "held",
  "delivered",
  "filtered",
  "dead",
  "discarded",
  "superseded",
  "deviated",
] as const satisfies readonly (keyof BalanceHour)[];
type Counts = Pick<BalanceHour, (typeof COUNTS)[number]>;
const HOUR_MS = 3_600_000;
const RECOUNTS = 5;

/** The last `hours` hours, the newest first. */
export async function balance(
  hours: number,
  { recount }: { readonly recount?: boolean },
  parts: { readonly commands: StoreConnection; readonly segments: Segments; readonly clock: Clock },
): Promise<BalanceHour[]> {
  const { commands, clock } = parts;
  const latest = hourOf(clock.now());
  const wanted = Array.from({ length: hours }, (_, at) => latest - at);
  const read = async (): Promise<Record<string, string>[]> => {
    const pipeline = commands.pipeline();
    for (const hour of wanted) pipeline.hgetall(keys.ledger(hour));
    return ((await pipeline.exec()) ?? []).map(([, hash]) => (hash ?? {}) as Record<string, string>);
  };
  const hashes = await read();
  if (recount !== true) return wanted.flatMap((hour, at) => rowsOfHour(hour, hashes[at]!));
  const counted = await recounted(latest - hours + 1, parts);
  const again = await read();
  const floor = (await commands.get(keys.floor)) ?? "";
  return wanted.flatMap((hour, at) => {
    const isWhole = firstIdAt(hour * HOUR_MS) > floor;
    const isStill = JSON.stringify(hashes[at]) === JSON.stringify(again[at]);
    return rowsOfHour(hour, again[at]!, isWhole && isStill ? counted : undefined);
  });
}

function rowsOfHour(
  hour: number,
  hash: Readonly<Record<string, string>>,
  recount?: Readonly<Record<string, number>>,
): BalanceHour[] {
  const sources = new Map<string, Record<string, number>>();
  for (const [name, text] of Object.entries(hash)) {
    const at = name.indexOf("|");
    const source = name.slice(0, at);
    const of = sources.get(source) ?? {};
    of[name.slice(at + 1)] = Number(text);
    sources.set(source, of);
  }
  return [...sources].sort().map(([source, of]) => {
    const counts = countsOf((what) => of[what] ?? 0);
    const again = recount && countsOf((what) => recount[`${hour}|${source}|${what}`] ?? 0);
    const { made, pending, held, delivered, filtered, dead, discarded, deviated, superseded } = counts;
    const ended = delivered + filtered + dead + discarded + deviated + superseded;
    const difference = made - (pending + held + ended);
    const refused = Object.entries(of).flatMap(([what, count]) =>
      what.startsWith("refused|") ? [[what.slice(8), count] as const] : [],
    );
    const agrees = again === undefined || COUNTS.every((what) => counts[what] === again[what]);
    return {
      hour: new Date(hour * HOUR_MS).toISOString(),
      source,
      ...counts,
      duplicates: of["duplicates"] ?? 0,
      refused: Object.fromEntries(refused),
      ...(again && { recounted: again.made }),
      difference,
      balanced: difference === 0 && agrees,
    };
  });
}

/** `pending` are those that wait for a retry as well. */
function countsOf(count: (what: string) => number): Counts {
  const counts = Object.fromEntries(COUNTS.map((what) => [what, count(what)])) as unknown as Counts;
  return { ...counts, pending: count("pending") + count("retrying") };
}

/**
 * Counts all events since an hour: segments as their entries say, hot events one by one, in place of what was sealed of them.
 * Undefined where sealing went on all the while.
 */
async function recounted(
  since: number,
  { commands, segments }: { readonly commands: StoreConnection; readonly segments: Segments },
): Promise<Record<string, number> | undefined> {
  const first = firstIdAt(since * HOUR_MS);
  for (let tries = 0; tries < RECOUNTS; tries++) {
    await segments.refresh();
    const { changes } = segments;
    const ledger: Record<string, number> = {};
    for (const entry of segments.entries) {
      if (entry.last < first) continue;
      for (const [name, count] of Object.entries(entry.ledger)) ledger[name] = (ledger[name] ?? 0) + count;
    }
    for await (const { id26, event } of hotEvents(commands, segments, first)) {
      add(ledger, id26, event, 1);
      const stale = await sealedOf(id26, segments);
      if (stale !== undefined) add(ledger, id26, stale, -1);
    }
    await segments.refresh();
    if (changes === segments.changes) return ledger;
  }
  return undefined;
}

/** A hot event as it was sealed before; undefined where it never was. */
async function sealedOf(id26: string, segments: Segments): Promise<ListedEvent | undefined> {
  const home = segments.homeOf(id26);
  if (home === undefined || home.count === 0) return undefined;
  try {
    const [columns] = await segments.columnsOf([home]);
    const row = rowOf(columns!, id26);
    return row < 0 ? undefined : listedAt(columns!, row, id26);
  } catch (error) {
    if (error instanceof SegmentGone) return undefined;
    throw error;
  }
}

function add(ledger: Record<string, number>, id26: string, event: ListedEvent, by: 1 | -1): void {
  const { source, state, deliveries } = event;
  const kept = state === "quarantined" ? { c: { source }, q: state } : { c: { source } };
  addToLedger(
    ledger,
    id26,
    kept,
    deliveries.map((delivery) => delivery.state),
    by,
  );
}
