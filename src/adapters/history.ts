/**
 * The operator's view of the record: lists newest first, one event or delivery whole, search, causes of death, the balance,
 * replays, retention. Lists load no bodies; pages go on by cursors, whose cost does not grow with their depth.
 */
import type { Attempt, DeliveryId } from "../core/delivery.ts";
import type { EventId } from "../core/event.ts";
import type { Clock, Refusal } from "../ports.ts";
import type { Queues } from "./bullmq.ts";
import { deadCauses, deadOf, type DeadCause } from "./dead-causes.ts";
import { cursorOf, positionOf, type Page } from "./history-cursor.ts";
import {
  attemptsIn,
  deliveryDetailIn,
  eventDetailOf,
  findRow,
  id26Of,
  listedIn,
  type DeliveryDetail,
  type EventDetail,
} from "./history-detail.ts";
import { wants, wantsDelivery, type Filter } from "./history-filter.ts";
import { fieldsOfFound, scan, type Found } from "./history-scan.ts";
import { searchValues, type Hit, type Search } from "./history-search.ts";
import { balance, type BalanceRow } from "./ledger.ts";
import type { ListedDelivery, ListedEvent } from "./listed.ts";
import { keys } from "./record-keys.ts";
import { scripts } from "./record-scripts.ts";
import { defineScripts, type StoreConnection } from "./redis.ts";
import { readRefusal, readRefusals, type RefusalFilter } from "./refusals.ts";
import { createReplays, thaw, type Done } from "./replays.ts";
import { forget, heldBytes } from "./retention.ts";
import { createSealer, type SealerOptions } from "./sealer.ts";
import { Segments } from "./segments.ts";
import type { Log } from "../ports.ts";
import { idTime } from "../core/ids.ts";

export type {
  BalanceRow,
  DeadCause,
  DeliveryDetail,
  Done,
  EventDetail,
  Filter,
  Hit,
  ListedDelivery,
  ListedEvent,
  Page,
  Search,
};

/** An attempt in a list. */
export interface ListedAttempt extends Attempt {
  readonly delivery: DeliveryId;
  readonly event: EventId;
  readonly route: string;
  readonly target: string;
}

/** What the history takes. */
export interface Usage {
  readonly bytes: number;
  readonly events: number;
  readonly segments: number;
  /** Events that are not sealed. */
  readonly hot: number;
  /** When the oldest event was received, ISO 8601. */
  readonly oldestAt?: string;
}

/** What a list looks through in one call; past it, it returns what it found and where to go on. */
const BUDGET = { events: 1_000_000, ms: 250 };

export type History = ReturnType<typeof createHistory>;

export function createHistory(parts: {
  readonly commands: StoreConnection;
  readonly queues: Pick<Queues, "enqueue" | "remove">;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealing?: SealerOptions;
}) {
  const { commands, queues, clock, log, sealing } = parts;
  defineScripts(commands, scripts);
  const segments = new Segments(commands);
  const inside = { commands, segments, clock };
  const sealer = createSealer({ ...inside, log, ...(sealing && { options: sealing }) });
  const { reopen, discard } = createReplays({ ...inside, queues });

  /** A page of what `pick` takes from the events that a filter wants. */
  async function page<T>(
    kind: string,
    filter: Filter,
    pick: (found: Found) => readonly T[] | Promise<readonly T[]>,
  ): Promise<Page<T>> {
    const question = { ...filter, kind };
    const { before, skip } =
      filter.cursor === undefined
        ? { before: "~", skip: 0 }
        : await positionOf(filter.cursor, question, commands);
    const items: T[] = [];
    const end = performance.now() + BUDGET.ms;
    let looked = 0;
    const steps =
      filter.id === undefined
        ? scan(commands, segments, filter, skip > 0 ? `${before}0` : before)
        : one(filter);
    for await (const { found, before: reached, seen } of steps) {
      for (const event of found) {
        const picked = await pick(event);
        for (let at = event.id26 === before ? skip : 0; at < picked.length; at++) {
          items.push(picked[at]!);
          if (items.length < filter.limit) continue;
          const next = { before: event.id26, skip: at + 1 < picked.length ? at + 1 : 0 };
          return { items, next: cursorOf(next, question) };
        }
      }
      looked += seen;
      const isSpent = looked > BUDGET.events || performance.now() > end;
      if (isSpent && reached.length === 26) {
        return { items, next: cursorOf({ before: reached, skip: 0 }, question) };
      }
    }
    return { items };
  }

  /** The event of a filter that names one. */
  async function* one(filter: Filter): ReturnType<typeof scan> {
    const id26 = id26Of(filter.id!);
    const row = await findRow(id26, commands, segments);
    if (row === undefined) return;
    const event = listedIn(row);
    if (wants(filter, event)) yield { found: [{ id26, event }], before: "", seen: 1 };
  }

  return {
    events: (filter: Filter): Promise<Page<ListedEvent>> => page("events", filter, ({ event }) => [event]),

    deliveries: (filter: Filter): Promise<Page<ListedDelivery>> =>
      page("deliveries", filter, ({ event }) =>
        event.deliveries.filter((delivery) => wantsDelivery(filter, delivery)),
      ),

    /** Attempts of the deliveries that the filter wants, those of one delivery from the oldest on. */
    attempts: (filter: Filter): Promise<Page<ListedAttempt>> =>
      page("attempts", filter, async (found) => {
        const fields = await fieldsOfFound(found, commands, segments);
        if (fields === undefined) return [];
        return found.event.deliveries
          .filter((delivery) => wantsDelivery(filter, delivery))
          .flatMap(({ id, event, route, target }) =>
            attemptsIn(fields, id).map((attempt) => ({ delivery: id, event, route, target, ...attempt })),
          );
      }),

    /** One event with body, deliveries, attempts and results; undefined where there is none. */
    async event(id: EventId): Promise<EventDetail | undefined> {
      const row = await findRow(id.slice(4), commands, segments);
      return row && eventDetailOf(row);
    },

    /** One delivery with its attempts and its result; undefined where there is none. */
    async delivery(id: DeliveryId): Promise<DeliveryDetail | undefined> {
      const row = await findRow(id26Of(id), commands, segments);
      return row && deliveryDetailIn(id, row);
    },

    /** Tells hits as they are found, newest first; `next` where there is more to look through. */
    search: (
      search: Search,
      emit: (hit: Hit) => void,
      signal?: AbortSignal,
    ): Promise<{ scanned: number; next?: string; done: boolean }> =>
      searchValues(search, emit, signal, inside),

    deadCauses: (): Promise<DeadCause[]> => deadCauses(commands, clock),

    deadOf: (
      cause: string,
      of: { readonly limit: number; readonly cursor?: string },
    ): Promise<Page<ListedDelivery>> => deadOf(cause, of, inside),

    /** Open deliveries of each target, and since when the event of the oldest waits. */
    async oldest(
      targets: readonly string[],
    ): Promise<Map<string, { readonly count: number; readonly oldestAt?: string }>> {
      const pipeline = commands.pipeline();
      for (const target of targets)
        pipeline.zcard(keys.openOf(target)).zrange(keys.openOf(target), 0, 0, "WITHSCORES");
      const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply);
      return new Map(
        targets.map((target, at) => {
          const count = replies[at * 2] as number;
          const [, receivedAt] = replies[at * 2 + 1] as string[];
          const oldestAt = receivedAt && new Date(Number(receivedAt)).toISOString();
          return [target, { count, ...(oldestAt !== undefined && { oldestAt }) }];
        }),
      );
    },

    /** What came in during the last hours and where it stands; with `recount`, counted anew from the events besides. */
    balance: (hours: number, options: { readonly recount?: boolean } = {}): Promise<BalanceRow[]> =>
      balance(hours, options, inside),

    refusals: (filter: RefusalFilter): Promise<Page<Refusal & { readonly id: string }>> =>
      readRefusals(commands, filter),

    refusal: (id: string): Promise<(Refusal & { readonly id: string }) | undefined> =>
      readRefusal(commands, id),

    reopen,
    discard,

    async usage(): Promise<Usage> {
      await segments.refresh();
      const [bytes, hot, [oldestHot]] = await Promise.all([
        heldBytes(commands),
        commands.zcard(keys.events),
        commands.zrange(keys.events, 0, 0),
      ]);
      const { entries } = segments;
      const sealed = entries.reduce((sum, { count }) => sum + count, 0);
      const ids = [oldestHot, entries.find(({ count }) => count > 0)?.first].filter((id) => id !== undefined);
      const oldest = ids.sort()[0];
      return {
        bytes,
        events: sealed + hot,
        segments: entries.length,
        hot,
        ...(oldest !== undefined && { oldestAt: new Date(idTime(oldest)).toISOString() }),
      };
    },

    /** Forgets the oldest settled events beyond an age and a sum of bytes; returns how many. */
    forget: (maxAgeMs: number, maxBytes: number): Promise<number> => forget(maxAgeMs, maxBytes, inside),

    /** Seals what there is to seal; returns how many events that were. */
    seal: (): Promise<number> => sealer.run(),

    /** Makes a sealed event hot again; false where there is no such event. */
    thaw: (id: EventId): Promise<boolean> => thaw(id, inside),
  };
}
