/** The balance checked against the events themselves: now and then they are counted anew, which shares no counter with the ledger. */
import type { BalanceHour, History } from "../history.ts";
import type { Clock } from "../ports.ts";

/** So often at the most is it counted anew. */
const EVERY_MS = 60_000;
/** Beyond so many events that are not sealed it would take too long, and is left out. */
const MOST_HOT = 20_000;

/** The same history, whose balance tells of each hour what counting found, as long as nothing has changed in that hour since. */
export function recounting(history: History, clock: Clock): History {
  let counted = new Map<string, BalanceHour>();
  let countedAt = -Infinity;
  const nameOf = ({ hour, source }: BalanceHour): string => `${hour} ${source}`;
  return {
    ...history,
    async balance(hours) {
      const now = clock.now();
      if (now - countedAt >= EVERY_MS) {
        countedAt = now;
        if ((await history.usage()).hot <= MOST_HOT) {
          const rows = await history.balance(hours, { recount: true });
          counted = new Map(rows.map((row) => [nameOf(row), row]));
          return rows;
        }
      }
      const rows = await history.balance(hours);
      return rows.map((row) => {
        const known = counted.get(nameOf(row));
        return known !== undefined && stateOf(known) === stateOf(row) ? known : row;
      });
    },
  };
}

/** Where the hour's events stand, as text: all of it but what a recount adds. */
function stateOf(row: BalanceHour): string {
  return JSON.stringify({ ...row, recounted: undefined, difference: undefined, balanced: undefined });
}
