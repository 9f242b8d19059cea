/** The history over the record as it is: lists by walking it, newest first. Until the searchable one takes its place. */
import type { createHistory } from "../adapters/history.ts";
import { createHash } from "node:crypto";
import { SignalboxError } from "../core/errors.ts";
import { isEventId } from "../core/ids.ts";
import type { Refusal } from "../ports.ts";
import type {
  BalanceHour,
  DeadCause,
  DeliveryDetail,
  EventDetail,
  Filter,
  History,
  ListedDelivery,
  ListedEvent,
  Page,
  Paging,
} from "./history.ts";

type Kept = ReturnType<typeof createHistory>;

export function recordHistory(record: Kept, refused: () => Promise<{ latest: Refusal[] }>): History {
  const whole = (event: Awaited<ReturnType<Kept["event"]>>): EventDetail | undefined => {
    if (event === undefined) return undefined;
    const { method, path, headers, body, attempts } = event;
    const deliveries = event.deliveries.map((delivery): DeliveryDetail => {
      const attemptList = attempts[delivery.id] ?? [];
      const last = attemptList.at(-1);
      return {
        ...delivery,
        receivedAt: event.receivedAt,
        ...(last?.status !== undefined && { status: last.status }),
        ...(delivery.state === "dead" && {
          cause: causeOf(delivery.target, last?.error?.code ?? "", last?.status),
        }),
        attemptList,
      };
    });
    return {
      ...{
        id: event.id,
        source: event.source,
        type: event.type,
        receivedAt: event.receivedAt,
        state: event.state,
      },
      ...{ method, path, headers, body, query: event.query as EventDetail["query"] },
      ...{
        bytes: Buffer.byteLength(JSON.stringify(body) ?? ""),
        contentType: "json",
        tags: [],
        duplicates: 0,
      },
      deliveries,
    };
  };
  const walk = async function* (from: string | undefined): AsyncGenerator<EventDetail> {
    let before = from;
    do {
      const { items, next } = await record.events({ limit: 100, ...(before !== undefined && { before }) });
      for (const { id } of items) {
        const event = whole(await record.event(id));
        if (event !== undefined) yield event;
      }
      before = next;
    } while (before !== undefined);
  };
  const pageOf = async <T>(
    filter: Filter & Paging,
    pick: (event: EventDetail) => readonly T[],
  ): Promise<Page<T>> => {
    const { cursor, limit, source, type, from = 0, to = Infinity, id, providerId, tag } = filter;
    if (cursor !== undefined && !isEventId(cursor))
      throw new SignalboxError("ADMIN_CURSOR_STALE", "The cursor is none of a page.");
    const items: T[] = [];
    for await (const event of walk(cursor)) {
      const at = Date.parse(event.receivedAt);
      if (source !== undefined && event.source !== source) continue;
      if (type !== undefined && event.type !== type) continue;
      if (id !== undefined && event.id !== id && !event.deliveries.some((one) => one.id === id)) continue;
      if (at < from || at > to || providerId !== undefined || tag !== undefined) continue;
      items.push(...pick(event));
      if (items.length >= limit) return { items, next: event.id };
    }
    return { items };
  };
  const wants = ({ route, target, state, status, code, cause }: Filter, one: ListedDelivery): boolean =>
    (route ?? one.route) === one.route &&
    (target ?? one.target) === one.target &&
    (state ?? one.state) === one.state &&
    (status === undefined || one.status === status) &&
    (code === undefined || one.code === code) &&
    (cause === undefined || one.cause === cause);
  const delivered = (detail: DeliveryDetail): ListedDelivery => detail;
  const listed = (event: EventDetail): ListedEvent => ({
    ...{
      id: event.id,
      source: event.source,
      type: event.type,
      receivedAt: event.receivedAt,
      state: event.state,
    },
    bytes: event.bytes,
    deliveries: event.deliveries.map(delivered),
  });
  const refusals = async () => {
    const { latest } = await refused();
    return latest.map((one) => ({ ...one, id: `req_${hash(JSON.stringify(one))}` }));
  };
  return {
    events: (filter) =>
      pageOf(filter, (event) =>
        filter.state === undefined || event.state === filter.state ? [listed(event)] : [],
      ),
    deliveries: (filter) =>
      pageOf(filter, (event) => event.deliveries.filter((one) => wants(filter, one)).map(delivered)),
    attempts: (filter) =>
      pageOf(filter, (event) =>
        event.deliveries
          .filter((one) => wants(filter, one))
          .flatMap((one) => one.attemptList.map((attempt) => ({ delivery: delivered(one), attempt }))),
      ),
    event: async (id) => whole(await record.event(id)),
    async delivery(id) {
      const event = whole(await record.event(`evt_${id.slice(4, 30)}`));
      return event?.deliveries.find((one) => one.id === id);
    },
    async search(wanted, emit, signal) {
      let scanned = 0;
      for await (const event of walk(wanted.cursor)) {
        if (signal.aborted) break;
        scanned++;
        const found = wanted.path
          .split(/[.[\]]+/)
          .filter(Boolean)
          .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], event.body);
        const { id, source, type, receivedAt } = event;
        if (String(found) === wanted.value) emit({ event: id, source, type, receivedAt });
      }
      return { scanned };
    },
    async deadCauses() {
      const causes = new Map<string, DeadCause>();
      for await (const event of walk(undefined)) {
        for (const one of event.deliveries.filter(({ state }) => state === "dead")) {
          const { cause: id = "", target, route, status, code = "", changedAt } = one;
          const known = causes.get(id);
          causes.set(id, {
            ...{ id, target, route, code, sample: one.id, trend: new Array<number>(24).fill(0) },
            ...(status !== undefined && { status }),
            count: (known?.count ?? 0) + 1,
            firstAt: known === undefined || changedAt < known.firstAt ? changedAt : known.firstAt,
            lastAt: known === undefined || changedAt > known.lastAt ? changedAt : known.lastAt,
          });
        }
      }
      return [...causes.values()];
    },
    deadOf: (cause, paging) =>
      pageOf(paging, (event) =>
        event.deliveries.filter((one) => one.state === "dead" && one.cause === cause).map(delivered),
      ),
    oldest: () => Promise.resolve(new Map()),
    async balance(hours) {
      const rows = new Map<string, BalanceHour>();
      for await (const { source, receivedAt, state, deliveries } of walk(undefined)) {
        const hour = `${receivedAt.slice(0, 13)}:00:00.000Z`;
        if (Date.parse(hour) < Date.now() - hours * 3_600_000 - 3_600_000) break;
        const key = `${hour} ${source}`;
        const row = rows.get(key);
        const count = (of: string): number =>
          deliveries.filter((one) => one.state === of).length + (row?.[of as "dead"] ?? 0);
        const open = deliveries.filter((one) => one.state === "pending" || one.state === "retrying").length;
        rows.set(key, {
          ...{ hour, source, events: (row?.events ?? 0) + 1, duplicates: 0, refused: {} },
          unrouted: (row?.unrouted ?? 0) + (state === "unrouted" ? 1 : 0),
          quarantined: (row?.quarantined ?? 0) + (state === "quarantined" ? 1 : 0),
          made: (row?.made ?? 0) + deliveries.length,
          pending: (row?.pending ?? 0) + open,
          ...{ delivered: count("delivered"), filtered: count("filtered") },
          ...{ dead: count("dead"), discarded: count("discarded") },
        });
      }
      return [...rows.values()];
    },
    async refusals({ source, code, limit, cursor }) {
      const wanted = (await refusals()).filter(
        (one) => (source === undefined || one.source === source) && (code === undefined || one.code === code),
      );
      const start = cursor === undefined ? 0 : wanted.findIndex(({ id }) => id === cursor) + 1;
      const items = wanted.slice(start, start + limit);
      const last = items.at(-1);
      return { items, ...(start + limit < wanted.length && last !== undefined && { next: last.id }) };
    },
    refusal: async (id) => (await refusals()).find((one) => one.id === id),
    async reopen(delivery) {
      const opened = await record.reopen(delivery);
      return opened === "busy" ? "busy" : opened ? "opened" : "unknown";
    },
    discard: () => Promise.resolve("unknown"),
    usage: () => Promise.resolve({ events: 0, bytes: 0, segments: 0 }),
  };
}

function causeOf(target: string, code: string, status: number | undefined): string {
  return hash(`${target} ${code} ${status ?? ""}`);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
