/**
 * The operator's view of the record: lists newest first, one event or delivery whole, search, causes of death, the balance,
 * replays, retention. Lists load no bodies; pages go on by cursors, whose cost does not grow with their depth.
 */
import type { EventId } from "../../core/event.ts";
import { idTime, isDeliveryId, isEventId } from "../../core/ids.ts";
import type { Filter, History, Page, Paging } from "../../history.ts";
import type { Clock, Log, Standing } from "../../ports.ts";
import type { Queues } from "../queues/bullmq.ts";
import { deadCauses, deadOf } from "../record/dead-causes.ts";
import { readBodies } from "./bodies.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import {
  attemptsIn,
  deliveryDetailIn,
  eventDetailOf,
  findRow,
  id26Of,
  listedIn,
  requestIn,
  standingIn,
} from "./detail.ts";
import { wants, wantsDelivery } from "./filter.ts";
import { fieldsOfFound, scan, type Found } from "./scan.ts";
import { searchValues } from "./search.ts";
import { balance } from "../record/ledger.ts";
import { keys } from "../record/keys.ts";
import { operatorScripts } from "../record/operator-scripts.ts";
import type { Lines } from "../waiting/lines.ts";
import { defineScripts, type StoreConnection } from "../store/redis.ts";
import { readRefusal, readRefusals } from "../record/refusals.ts";
import { readRepetition, readRepetitions, readRepetitionsOf } from "../record/repetitions.ts";
import { createReplays, thaw } from "../record/replays.ts";
import { forget, heldBytes } from "./retention.ts";
import { createSealer, type SealerOptions } from "./sealer.ts";
import { Segments } from "./segments.ts";

/** What a list looks through in one call; past it, it returns what it found and where to go on. */
const BUDGET = { events: 1_000_000, ms: 250 };

const NONE_OPEN = { count: 0 };

/** The history over the store, with the upkeep that a process which delivers does for it. */
export interface KeptHistory extends History {
  /** Forgets the oldest settled events beyond an age and a sum of bytes; returns how many. */
  forget(maxAgeMs: number, maxBytes: number): Promise<number>;
  /** Seals what there is to seal; returns how many events that were. */
  seal(): Promise<number>;
  /** Makes a sealed event hot again; false where there is no such event. */
  thaw(id: EventId): Promise<boolean>;
  /** An event's deliveries and where they stand, hot or sealed; none where it has left the history. */
  standing(id: EventId): Promise<readonly Standing[]>;
}

export function createHistory(parts: {
  readonly commands: StoreConnection;
  readonly queues: Pick<Queues, "enqueue" | "remove">;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealing?: SealerOptions;
  /** Absent where nothing stands in line. */
  readonly lines?: Lines;
}): KeptHistory {
  const { commands, queues, clock, log, sealing, lines } = parts;
  defineScripts(commands, operatorScripts);
  const segments = new Segments(commands);
  const inside = { commands, segments, clock };
  const sealer = createSealer({ ...inside, log, ...(sealing && { options: sealing }) });
  const { reopen, discard } = createReplays({ ...inside, queues, ...(lines && { lines }) });

  /** A page of what `pick` takes from the events that a filter wants. */
  async function page<T>(
    kind: string,
    filter: Filter & Paging,
    pick: (found: Found) => readonly T[] | Promise<readonly T[]>,
  ): Promise<Page<T>> {
    const { id } = filter;
    if (id !== undefined && !isEventId(id) && !isDeliveryId(id)) return { items: [] };
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
    events: (filter) => page("events", filter, ({ event }) => [event]),

    bodies: (filter) => readBodies(filter, inside),

    deliveries: (filter) =>
      page("deliveries", filter, ({ event }) =>
        event.deliveries.filter((delivery) => wantsDelivery(filter, delivery)),
      ),

    attempts: (filter) =>
      page("attempts", filter, async (found) => {
        const fields = await fieldsOfFound(found, commands, segments);
        if (fields === undefined) return [];
        return found.event.deliveries
          .filter((delivery) => wantsDelivery(filter, delivery))
          .flatMap((delivery) => attemptsIn(fields, delivery.id).map((attempt) => ({ delivery, attempt })));
      }),

    async event(id) {
      const row = await findRow(id.slice(4), commands, segments);
      return row && eventDetailOf(row, await readRepetitionsOf(commands, row.id26));
    },

    async delivery(id) {
      const row = await findRow(id26Of(id), commands, segments);
      return row && deliveryDetailIn(id, row);
    },

    async request(id) {
      const row = await findRow(id.slice(4), commands, segments);
      return row && requestIn(row);
    },

    search: (search, emit, signal) => searchValues(search, emit, signal, inside),

    deadCauses: () => deadCauses(commands, clock),

    deadOf: (cause, paging) => deadOf(cause, paging, inside),

    async oldest(targets) {
      const open = new Map<string, { readonly count: number; readonly oldestAt?: number }>();
      for (const target of targets) open.set(target, NONE_OPEN);
      const found = (await commands.sbOldest(targets.join("\n"))) as [string, number, string][];
      for (const [target, count, receivedAt] of found)
        open.set(target, { count, oldestAt: Number(receivedAt) });
      return open;
    },

    balance: (hours, options = {}) => balance(hours, options, inside),

    refusals: (filter) => readRefusals(commands, filter),

    refusal: (id) => readRefusal(commands, id),

    repetitions: (filter) => readRepetitions(commands, filter),

    repetition: (id) => readRepetition(commands, id),

    reopen,
    discard,

    async usage() {
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
        ...{ bytes, events: sealed + hot, segments: entries.length, hot },
        ...(oldest !== undefined && { oldestAt: idTime(oldest) }),
      };
    },

    forget: (maxAgeMs, maxBytes) => forget(maxAgeMs, maxBytes, inside),

    seal: () => sealer.run(),

    thaw: (id) => thaw(id, inside),

    async standing(id) {
      const row = await findRow(id.slice(4), commands, segments);
      return row === undefined ? [] : standingIn(row);
    },
  };
}
