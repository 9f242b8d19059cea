/**
 * What happens, for many who look at it: each change is read once and becomes text once, clients with the same filter
 * share a queue, and at most 20 changes a client go out in a tick of 250 ms; the rest is counted.
 */
import type { StreamClient } from "../adapters/http/event-stream.ts";
import { eventOf } from "../core/ids.ts";
import type { DeliveryId } from "../core/delivery.ts";

/** What a client wants to hear; what is not named is not looked at. */
export interface ChangeFilter {
  readonly source?: string | number;
  readonly target?: string | number;
  readonly route?: string | number;
  readonly state?: string | number;
}

/** Kinds of which only the latest state counts. */
export type StateKind = "target" | "replay" | "overview";

export interface Changes {
  /** Tells a client from now on; returns how to stop. */
  readonly subscribe: (filter: ChangeFilter, client: StreamClient) => () => void;
  /** Tells everybody a new state; `key` tells the things of one kind apart. */
  readonly emit: (kind: StateKind, key: string, value: unknown) => void;
  /** Tells everybody that the router stops, and stops. */
  readonly close: () => void;
}

const TICK_MS = 250;
const MAX_IN_TICK = 20;
/** An accepted event or an attempt, as the record's scripts tell them: neither is a state. */
const ORDINARY = /^\{"(?:event|delivery)":"/;

interface Group {
  readonly filter: ChangeFilter;
  /** True where it hears everything. */
  readonly hearsAll: boolean;
  readonly clients: Set<StreamClient>;
  lines: string[];
  skipped: number;
}

interface Change extends ChangeFilter {
  readonly kind: string;
  readonly text: string;
}

/** Changes over a feed of JSON texts, which is followed only while somebody listens. `sourceOf`: that of a route. */
export function createChanges(
  follow: (hear: (line: string) => void) => () => void,
  sourceOf: (route: string) => string | undefined,
): Changes {
  const groups = new Map<string, Group>();
  /** The latest states since the last tick, by kind and key: they concern everybody. */
  const states = new Map<string, string>();
  let stop: (() => void) | undefined;

  const tick = (): void => {
    const shared = [...states.values()].join("");
    states.clear();
    for (const group of groups.values()) {
      const { lines, skipped, clients } = group;
      const more = skipped > 0 ? frame("skipped", JSON.stringify({ count: skipped })) : "";
      const text = shared + lines.join("") + more;
      group.lines = [];
      group.skipped = 0;
      if (text !== "") for (const client of clients) client.write(text);
    }
  };
  /** Under load most changes are but counted: where nobody would be told this one, it is not even read. */
  const isOnlyCounted = (line: string): boolean => {
    for (const { hearsAll, lines } of groups.values())
      if (!hearsAll || lines.length < MAX_IN_TICK) return false;
    return ORDINARY.test(line);
  };
  const hear = (line: string): void => {
    if (isOnlyCounted(line)) {
      for (const group of groups.values()) group.skipped++;
      return;
    }
    const change = changeOf(line, sourceOf);
    if (change === undefined) return;
    if (isStateKind(change.kind))
      return void states.set(`${change.kind} ${change.target ?? ""}`, change.text);
    for (const group of groups.values()) {
      if (!isWanted(change, group.filter)) continue;
      if (group.lines.length < MAX_IN_TICK) group.lines.push(change.text);
      else group.skipped++;
    }
  };
  const begin = (): void => {
    const unfollow = follow(hear);
    const timer = setInterval(tick, TICK_MS);
    stop = () => {
      clearInterval(timer);
      unfollow();
      states.clear();
      stop = undefined;
    };
  };

  return {
    subscribe(filter, client) {
      const key = JSON.stringify([filter.source, filter.target, filter.route, filter.state]);
      const hearsAll = Object.values(filter).every((wanted) => wanted === undefined);
      const fresh = { filter, hearsAll, clients: new Set<StreamClient>(), lines: [], skipped: 0 };
      const group = groups.get(key) ?? fresh;
      groups.set(key, group);
      group.clients.add(client);
      if (stop === undefined) begin();
      return () => {
        group.clients.delete(client);
        if (group.clients.size === 0 && groups.get(key) === group) groups.delete(key);
        if (groups.size === 0) stop?.();
      };
    },
    emit(kind, key, value) {
      if (groups.size > 0) states.set(`${kind} ${key}`, frame(kind, JSON.stringify(value)));
    },
    close() {
      const clients = [...groups.values()].flatMap((group) => [...group.clients]);
      for (const client of clients) {
        client.send("ended", '{"reason":"stopping"}');
        client.end();
      }
      groups.clear();
      stop?.();
    },
  };
}

/** One server-sent event. JSON texts have no line breaks of their own. */
function frame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

function isStateKind(kind: string): kind is StateKind {
  return kind === "target" || kind === "replay" || kind === "overview";
}

/** A line of the feed as a change; undefined for one that is not understood, such as a newer process's. */
function changeOf(line: string, sourceOf: (route: string) => string | undefined): Change | undefined {
  let news: Readonly<Record<string, unknown>>;
  try {
    news = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  if (typeof news !== "object" || news === null) return undefined;
  const { kind, ...rest } = news;
  if (typeof kind === "string" && isStateKind(kind)) {
    const key = news[kind] ?? news["name"] ?? news["id"];
    return { kind, ...(typeof key === "string" && { target: key }), text: frame(kind, JSON.stringify(rest)) };
  }
  if (kind === "refused") {
    const text = frame("refused", JSON.stringify(rest));
    return { kind, source: String(news["source"]), text };
  }
  if (typeof news["delivery"] === "string") return deliveryChange(news, sourceOf);
  if (typeof news["event"] !== "string") return undefined;
  return { kind: "event", source: String(news["source"]), text: frame("event", line) };
}

function deliveryChange(
  news: Readonly<Record<string, unknown>>,
  sourceOf: (route: string) => string | undefined,
): Change {
  const { delivery, route, target, state, attempt, status } = news as Readonly<Record<string, string>>;
  const source = sourceOf(String(route));
  const event = eventOf(delivery as DeliveryId);
  const shown = { delivery, event, source, route, target, state, attempt, status };
  return {
    kind: "delivery",
    route: String(route),
    target: String(target),
    state: String(state),
    ...(source !== undefined && { source }),
    text: frame("delivery", JSON.stringify(shown)),
  };
}

function isWanted(change: Change, { source, target, route, state }: ChangeFilter): boolean {
  return (
    (source === undefined || change.source === source) &&
    (target === undefined || change.target === target) &&
    (route === undefined || change.route === route) &&
    (state === undefined || change.state === state)
  );
}
