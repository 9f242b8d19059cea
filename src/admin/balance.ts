/** In against out, an hour and a source a row: what was accepted must be somewhere. */
import type { Held } from "../adapters/waiting/held.ts";
import type { BalanceHour } from "../history.ts";
import type { Balance, BalanceRow } from "./shapes/state.ts";

/** The rows with what paused targets hold split out of what is pending. `sourceOf` says whose route one is. */
export function balanceOf(
  hours: readonly BalanceHour[],
  held: readonly Held[],
  sourceOf: (route: string) => string | undefined,
): Balance {
  const waiting = new Map<string, number>();
  for (const { route, hour, count } of held) {
    const key = `${hour}|${sourceOf(route) ?? ""}`;
    waiting.set(key, (waiting.get(key) ?? 0) + count);
  }
  const rows = hours.map((row) => {
    const hour = Math.floor(Date.parse(row.hour) / 3_600_000);
    return rowOf(row, waiting.get(`${hour}|${row.source}`) ?? 0);
  });
  return { hours: rows, balanced: rows.every(({ balanced }) => balanced) };
}

/** One row; `paused` of its pending ones belong to paused targets: they are held, as are those that wait for people. */
export function rowOf(row: BalanceHour, paused: number): BalanceRow {
  const { hour, source, events, duplicates, refused, unrouted, quarantined, made, recounted } = row;
  const { pending, held, delivered, filtered, dead, discarded, deviated, superseded } = row;
  // A delivery that ended between the two readings is not held any more.
  const holds = Math.min(paused, pending);
  const difference = row.difference || (recounted === undefined ? 0 : made - recounted);
  return {
    hour,
    source,
    events,
    duplicates,
    refused: { ...refused },
    unrouted,
    quarantined,
    made,
    delivered,
    filtered,
    pending: pending - holds,
    held: held + holds,
    dead,
    discarded,
    superseded,
    deviated,
    ...(recounted !== undefined && { recounted }),
    balanced: row.balanced,
    difference,
  };
}
