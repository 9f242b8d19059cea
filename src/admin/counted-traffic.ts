/** What went over the routes and came in at the sources lately, counted from the history: exact up to 5,000 deliveries, a sample beyond. */
import type { History, ListedDelivery } from "./history.ts";
import type { Arrivals, RouteTraffic } from "./watched.ts";

const HOUR_MS = 3_600_000;
const MAX_PAGES = 5;
/** Many pages ask at once; the answer of a moment ago does for them. */
const KEPT_MS = 5_000;

/** A function that counts, at most once in 5 s. */
export function routeTraffic(
  history: Pick<History, "deliveries">,
  now: () => number,
): () => Promise<ReadonlyMap<string, RouteTraffic>> {
  let counted:
    { readonly at: number; readonly result: Promise<ReadonlyMap<string, RouteTraffic>> } | undefined;
  return () => {
    if (counted === undefined || now() - counted.at > KEPT_MS) {
      const result = count(history, now());
      counted = { at: now(), result };
      result.catch(() => (counted = undefined));
    }
    return counted.result;
  };
}

async function count(
  history: Pick<History, "deliveries">,
  now: number,
): Promise<ReadonlyMap<string, RouteTraffic>> {
  const from = now - HOUR_MS;
  const all: ListedDelivery[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { items, next } = await history.deliveries({
      from,
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    });
    all.push(...items);
    cursor = next;
    if (cursor === undefined) break;
  }
  const oldest = all.at(-1);
  const minutes =
    cursor === undefined || oldest === undefined
      ? 60
      : Math.max(1, (now - Date.parse(oldest.receivedAt)) / 60_000);
  const routes = new Map<string, RouteTraffic>();
  for (const route of new Set(all.map((delivery) => delivery.route))) {
    const states = all.filter((delivery) => delivery.route === route).map(({ state }) => state);
    const having = (...wanted: string[]): number => states.filter((state) => wanted.includes(state)).length;
    routes.set(route, {
      perMinute: Math.round((states.length / minutes) * 100) / 100,
      delivered: having("delivered"),
      failed: having("dead", "discarded"),
      filtered: having("filtered"),
    });
  }
  return routes;
}

/** What came in at each source within this hour of the clock. */
export async function sourceArrivals(
  history: Pick<History, "balance" | "events">,
  sources: readonly string[],
): Promise<ReadonlyMap<string, Arrivals>> {
  const hours = await history.balance(1);
  const latest = hours.reduce((last, { hour }) => (hour > last ? hour : last), "");
  const arrivals = await Promise.all(
    sources.map(async (name): Promise<[string, Arrivals]> => {
      const [last] = (await history.events({ source: name, limit: 1 })).items;
      const row = hours.find(({ hour, source }) => hour === latest && source === name);
      return [
        name,
        {
          accepted: row?.events ?? 0,
          duplicates: row?.duplicates ?? 0,
          refused: row?.refused ?? {},
          ...(last !== undefined && { lastAt: last.receivedAt }),
        },
      ];
    }),
  );
  return new Map(arrivals);
}
