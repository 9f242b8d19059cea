/** The list of events as it goes on: rows from the API, and what the stream of changes makes of them. */
import type { ListedDelivery, ListedEvent } from "../../admin/shapes/deliveries.ts";
import type { Line } from "../api/live.ts";

/** A delivery as the list shows it. */
export type RowDelivery = Pick<ListedDelivery, "id" | "target" | "state"> & { readonly status?: number };

/** An event as the list shows it; one that was just accepted is not known in all. */
export interface Row {
  readonly id: string;
  readonly source: string;
  /** Undefined where only a delivery of it was heard of. */
  readonly type?: string;
  readonly receivedAt: string;
  readonly bytes?: number;
  readonly deliveries: readonly RowDelivery[];
  /** How many deliveries were made of it. */
  readonly made: number;
  readonly quiet?: "quarantined" | "unrouted";
}

export interface Followed {
  /** Newest first. */
  readonly rows: readonly Row[];
  /** Some went by without being shown: too many at once, or more than are kept. */
  readonly skipped: number;
}

/** So many rows are kept while the list goes on, unless somebody has loaded more of them. */
export const KEPT_ROWS = 100;

export function rowOf(event: ListedEvent): Row {
  const { id, source, type, receivedAt, bytes, deliveries, state } = event;
  return {
    ...{ id, source, type, receivedAt, bytes, deliveries, made: deliveries.length },
    ...((state === "quarantined" || state === "unrouted") && { quiet: state }),
  };
}

/** What is listened for; empty fields let everything pass. */
export interface LiveFilter {
  readonly source?: string;
  readonly type?: string;
  readonly route?: string;
  readonly target?: string;
}

/** The list after some lines of the stream. `now` stands in for the time of receipt; `kept` rows are left at most. */
export function follow(
  before: Followed,
  lines: readonly Line[],
  filter: LiveFilter,
  now: number,
  kept = KEPT_ROWS,
): Followed {
  const rows = new Map(before.rows.map((row) => [row.id, row]));
  const fresh: Row[] = [];
  let { skipped } = before;
  const put = (row: Row): void => {
    if (rows.has(row.id)) rows.set(row.id, row);
    else {
      const at = fresh.findIndex(({ id }) => id === row.id);
      if (at < 0) fresh.push(row);
      else fresh[at] = row;
    }
  };
  const known = (id: string): Row | undefined => rows.get(id) ?? fresh.find((row) => row.id === id);
  const oldest = before.rows.at(-1)?.id ?? "";
  for (const { name, value } of lines) {
    const news = value as Readonly<Record<string, unknown>>;
    if (name === "skipped") skipped += Number(news["count"]) || 0;
    const id = news["event"];
    if (typeof id !== "string") continue;
    const row = known(id);
    if (name === "event" && row?.type === undefined) {
      const made = Number(news["deliveries"]) || 0;
      put({
        ...(row ?? { deliveries: [], receivedAt: new Date(now).toISOString() }),
        ...{ id, source: String(news["source"]), type: String(news["type"] ?? ""), made },
        ...(made === 0 && { quiet: "unrouted" as const }),
      });
    } else if (name === "delivery" && typeof news["delivery"] === "string") {
      // A retry of an event that is further down than this list goes.
      if (row === undefined && id < oldest) continue;
      put(withDelivery(row ?? begun(id, news, now), news));
    }
  }
  const wanted = fresh.filter(
    (row) => filter.type === undefined || row.type === undefined || matches(row.type, filter.type),
  );
  const all = [...wanted.reverse(), ...rows.values()];
  return { rows: all.slice(0, kept), skipped };
}

function begun(id: string, news: Readonly<Record<string, unknown>>, now: number): Row {
  return {
    ...{ id, source: String(news["source"] ?? ""), receivedAt: new Date(now).toISOString() },
    ...{ deliveries: [], made: 1 },
  };
}

function withDelivery(row: Row, news: Readonly<Record<string, unknown>>): Row {
  const { status } = news;
  const delivery: RowDelivery = {
    id: String(news["delivery"]),
    target: String(news["target"]),
    state: news["state"] as RowDelivery["state"],
    ...(typeof status === "number" && { status }),
  };
  const others = row.deliveries.filter(({ id }) => id !== delivery.id);
  const deliveries = [...others, delivery].sort((one, other) => one.target.localeCompare(other.target));
  return { ...row, deliveries, made: Math.max(row.made, deliveries.length) };
}

/** `invoice.*` takes `invoice.paid`. */
function matches(type: string, pattern: string): boolean {
  if (!pattern.includes("*")) return type === pattern;
  const source = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`).test(type);
}
