/** The conservation of deliveries: what was made is delivered, filtered, dead, discarded, or still open. */
import { receivedMs } from "./filter.ts";
import type { BalanceHour } from "./history.ts";
import type { Balance, BalanceRow } from "./shapes/state.ts";
import type { Watched } from "./watched.ts";

type Counted = Pick<Watched, "history" | "paused" | "workspace"> & {
  /** Epoch ms by the store's clock. */
  readonly now: () => number;
};

const HOUR_MS = 3_600_000;
/** Held ones are counted one by one up to so many pages of 1,000; what is beyond stays `pending`. */
const MAX_PAGES = 20;

/** The last hours; what is open for a target that is paused now counts as held. */
export async function balanceOf(watched: Counted, hours: number): Promise<Balance> {
  const [rows, held] = await Promise.all([watched.history.balance(hours), heldOf(watched, hours)]);
  const shown = rows.map((row) => rowOf(row, held.get(`${Date.parse(row.hour)} ${row.source}`) ?? 0));
  return { hours: shown, balanced: shown.every(({ balanced }) => balanced) };
}

/** A row with its difference: what was made and is nowhere, or by the recount what was made and is not found. */
export function rowOf(row: BalanceHour, counted: number): BalanceRow {
  const { hour, source, events, duplicates, refused, unrouted, quarantined, made } = row;
  const { delivered, filtered, dead, discarded, recounted } = row;
  const held = Math.min(counted, row.pending);
  const missing = made - delivered - filtered - row.pending - dead - discarded;
  const difference = missing !== 0 || recounted === undefined ? missing : made - recounted;
  return {
    ...{ hour, source, events, duplicates, refused, unrouted, quarantined, made, delivered, filtered },
    ...{ pending: row.pending - held, held, dead, discarded },
    ...(recounted !== undefined && { recounted }),
    ...{ balanced: difference === 0, difference },
  };
}

/** How many are held, by the hour and source of their events. */
async function heldOf(
  { history, paused, workspace, now }: Counted,
  hours: number,
): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  const from = now() - hours * HOUR_MS;
  for (const target of [...workspace().targets.keys()].filter(paused)) {
    for (const state of ["pending", "retrying"]) {
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const asked = { target, state, from, limit: 1000, ...(cursor !== undefined && { cursor }) };
        const { items, next } = await history.deliveries(asked);
        for (const { event, source } of items) {
          const received = receivedMs(event);
          const key = `${received - (received % HOUR_MS)} ${source}`;
          held.set(key, (held.get(key) ?? 0) + 1);
        }
        cursor = next;
        if (cursor === undefined) break;
      }
    }
  }
  return held;
}
