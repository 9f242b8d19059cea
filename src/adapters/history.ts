/** The operator's view of the record: lists newest first, one event whole, replays, refused requests, retention. */
import type { Attempt, Delivery, DeliveryId, DeliveryState } from "../core/delivery.ts";
import { readBody } from "../core/body.ts";
import type { EventId } from "../core/event.ts";
import { eventId, eventOf, routeTag } from "../core/ids.ts";
import type { Clock } from "../ports.ts";
import type { Queues } from "./bullmq.ts";
import type { DeliveryMeta, EventMeta } from "./record-format.ts";
import { keys } from "./record-scripts.ts";
import type { StoreConnection } from "./redis.ts";

/** A delivery in a list. */
export interface ListedDelivery {
  readonly id: DeliveryId;
  readonly event: EventId;
  readonly source: string;
  readonly type: string;
  readonly route: string;
  readonly target: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** ISO 8601. */
  readonly changedAt: string;
  readonly dueAt?: string;
  readonly code?: string;
}

/** An event in a list; its body is not loaded. */
export interface ListedEvent {
  readonly id: EventId;
  readonly source: string;
  readonly type: string;
  readonly receivedAt: string;
  /** "quarantined", "unrouted" where no route wanted it, "open" while a delivery is, otherwise "settled". */
  readonly state: "quarantined" | "unrouted" | "open" | "settled";
  readonly deliveries: readonly ListedDelivery[];
}

export interface Filter {
  readonly source?: string;
  readonly type?: string;
  readonly route?: string;
  readonly target?: string;
  readonly state?: string;
  /** Only what is older than this id. */
  readonly before?: string;
  /** At most so many. */
  readonly limit: number;
}

/** A page, and the id to ask on from; without it the history ends here. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface EventDetail extends ListedEvent {
  readonly method: string;
  readonly path: string;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly attempts: Readonly<Record<DeliveryId, readonly Attempt[]>>;
}

/** What a search looks through in one call; past it, it returns what it found and where to go on. */
const SCAN_LIMIT = 20_000;
const CHUNK = 200;

export type History = ReturnType<typeof createHistory>;

export function createHistory(parts: {
  readonly commands: StoreConnection;
  readonly queues: Queues;
  readonly clock: Clock;
}) {
  const { commands, queues, clock } = parts;

  async function listChunk(before: string | undefined, count: number): Promise<ListedEvent[]> {
    const from = before === undefined ? "+" : `(${before.slice(4, 30)}`;
    const ids = await commands.zrange(keys.events, from, "-", "BYLEX", "REV", "LIMIT", 0, count);
    const pipeline = commands.pipeline();
    for (const id of ids) pipeline.hmget(keys.event(id), "m", "r");
    const heads = ((await pipeline.exec()) ?? []).map(([, reply]) => reply as (string | null)[]);
    const details = commands.pipeline();
    const asked: number[] = [];
    heads.forEach(([, tags], at) => {
      if (!tags) return;
      asked.push(at);
      details.hmget(keys.event(ids[at]!), ...tags.split(",").map((tag) => `d:${tag}`));
    });
    const deliveries = new Map<number, string[]>();
    ((await details.exec()) ?? []).forEach(([, reply], at) => deliveries.set(asked[at]!, reply as string[]));
    return heads.flatMap(([meta], at) =>
      meta ? [listedEvent(ids[at]!, meta, deliveries.get(at) ?? [])] : [],
    );
  }

  async function search<T>(filter: Filter, pick: (event: ListedEvent) => readonly T[]): Promise<Page<T>> {
    const items: T[] = [];
    let before = filter.before;
    for (let seen = 0; seen < SCAN_LIMIT; seen += CHUNK) {
      const events = await listChunk(before, Math.min(CHUNK, Math.max(filter.limit, 50)));
      for (const event of events) {
        before = event.id;
        items.push(...pick(event));
        if (items.length >= filter.limit) return { items: items.slice(0, filter.limit), next: event.id };
      }
      if (events.length === 0) return { items };
    }
    return { items, ...(before !== undefined && { next: before }) };
  }

  /** Opens a delivery again with its counters at zero; false when the event is unknown, "busy" while it is being attempted. */
  async function reopen(delivery: Delivery): Promise<boolean | "busy"> {
    const key = keys.event(delivery.event.slice(4));
    const tag = routeTag(delivery.route);
    const [known, tags] = await commands.hmget(key, `d:${tag}`, "r");
    const former = known ? (JSON.parse(known) as DeliveryMeta) : undefined;
    const now = clock.now();
    const meta: DeliveryMeta = {
      r: delivery.route,
      t: delivery.target,
      s: "pending",
      n: 0,
      k: former?.k ?? 0,
      g: "replay",
      u: now,
    };
    const all = [...new Set([...(tags ?? "").split(",").filter(Boolean), tag])].join(",");
    if (former !== undefined && !(await queues.remove({ ...delivery, target: former.t }))) return "busy";
    const opened = await commands.sbReopen(
      key,
      keys.open,
      keys.dead,
      tag,
      delivery.id,
      JSON.stringify(meta),
      now,
      all,
    );
    if (opened !== 1) return false;
    const pipeline = commands.pipeline();
    queues.enqueue(pipeline, [delivery], "again");
    await pipeline.exec();
    return true;
  }

  return {
    events: (filter: Filter): Promise<Page<ListedEvent>> =>
      search(filter, (event) => {
        if (filter.source !== undefined && event.source !== filter.source) return [];
        if (filter.type !== undefined && event.type !== filter.type) return [];
        return filter.state === undefined || event.state === filter.state ? [event] : [];
      }),

    deliveries: (filter: Filter): Promise<Page<ListedDelivery>> =>
      search(filter, (event) =>
        event.deliveries.filter(
          ({ source, type, route, target, state }) =>
            (filter.source ?? source) === source &&
            (filter.type ?? type) === type &&
            (filter.route ?? route) === route &&
            (filter.target ?? target) === target &&
            (filter.state ?? state) === state,
        ),
      ),

    /** One event with body, deliveries and every attempt; undefined where there is none. */
    async event(id: EventId): Promise<EventDetail | undefined> {
      const fields = await commands.hgetallBuffer(keys.event(id.slice(4)));
      const { m: meta, b: body } = fields;
      if (meta === undefined || body === undefined) return undefined;
      const { c, k } = JSON.parse(meta.toString()) as EventMeta;
      const texts = Object.entries(fields).map(([name, text]): [string, string] => [
        name,
        name === "b" ? "" : text.toString(),
      ]);
      const deliveries = texts.filter(([name]) => name.startsWith("d:")).map(([, text]) => text);
      const attempts: Record<DeliveryId, Attempt[]> = {};
      for (const [name, text] of texts.filter(([name]) => name.startsWith("a:")).sort(byAttempt)) {
        (attempts[`dlv_${id.slice(4)}${name.split(":")[1]}`] ??= []).push(JSON.parse(text) as Attempt);
      }
      const { method, path, query, headers } = c;
      return {
        ...listedEvent(id.slice(4), meta.toString(), deliveries),
        method,
        path,
        query,
        headers,
        body: readBody(body, k),
        attempts,
      };
    },

    /** One delivery; undefined where there is none. */
    async delivery(
      id: DeliveryId,
    ): Promise<(ListedDelivery & { attemptList: readonly Attempt[] }) | undefined> {
      const event = await this.event(eventOf(id));
      const found = event?.deliveries.find((delivery) => delivery.id === id);
      return found && { ...found, attemptList: event?.attempts[id] ?? [] };
    },

    reopen,

    /** Forgets the oldest settled events beyond an age and a sum of bytes; returns how many. */
    async forget(maxAgeMs: number, maxBytes: number): Promise<number> {
      const before = eventId(clock.now() - maxAgeMs, new Uint8Array(10)).slice(4);
      let skip = 0;
      let forgotten = 0;
      for (let turn = 0; turn < 100; turn++) {
        const reply = await commands.sbForget(
          keys.events,
          keys.bytes,
          keys.dead,
          before,
          maxBytes,
          skip,
          CHUNK,
        );
        const [dropped, seen] = reply as [number, number];
        forgotten += dropped;
        skip += seen - dropped;
        if (seen < CHUNK) break;
      }
      return forgotten;
    },
  };
}

function byAttempt([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return Number(a.split(":")[2]) - Number(b.split(":")[2]);
}

function listedEvent(id26: string, metaText: string, deliveryTexts: readonly (string | null)[]): ListedEvent {
  const { c, q } = JSON.parse(metaText) as EventMeta;
  const deliveries = deliveryTexts.flatMap((text): ListedDelivery[] => {
    if (!text) return [];
    const { r, t, s, n, u, x, c: code } = JSON.parse(text) as DeliveryMeta;
    return [
      {
        id: `dlv_${id26}${routeTag(r)}`,
        event: `evt_${id26}`,
        source: c.source,
        type: c.type,
        route: r,
        target: t,
        state: s,
        attempts: n,
        changedAt: new Date(u).toISOString(),
        ...(x !== undefined && { dueAt: new Date(x).toISOString() }),
        ...(code !== undefined && { code }),
      },
    ];
  });
  const open = deliveries.some(({ state }) => state === "pending" || state === "retrying");
  const state = q ?? (deliveries.length === 0 ? "unrouted" : open ? "open" : "settled");
  return { id: `evt_${id26}`, source: c.source, type: c.type, receivedAt: c.receivedAt, state, deliveries };
}
