/** The record of events and deliveries in Redis, with the queues over it: fills the port `Store`. */
import { createHash } from "node:crypto";
import type { Attempt, Delivery, DeliveryId, Outcome } from "../core/delivery.ts";
import { SignalboxError } from "../core/errors.ts";
import type { Event } from "../core/event.ts";
import { routeTag } from "../core/ids.ts";
import type { Clock, Committed, Recorded, Store } from "../ports.ts";
import { batched } from "./batch.ts";
import type { Queues } from "./bullmq.ts";
import { Fresh } from "./fresh.ts";
import { recordedOf, type DeliveryMeta, type EventMeta } from "./record-format.ts";
import { keys, scripts } from "./record-scripts.ts";
import { defineScripts, type Pipeline, type StoreConnection } from "./redis.ts";

/** Rough cost in Redis of an event's hash and index entries besides the texts in it. */
const OVERHEAD_BYTES = 400;
/** Bodies of events just accepted by this process, for the worker in the same process: at most so many bytes. */
const FRESH_BYTES = 16 * 1024 * 1024;
const MAX_IN_TURN = { max: 64, inFlight: 4 };
/** A sender is not kept waiting for a store that hangs; what it is refused may have been stored, and will be known. */
const COMMIT_MS = 1_000;

interface Commit {
  readonly event: Event;
  readonly deliveries: readonly Delivery[];
  readonly quarantined: boolean;
}

/** The record over two connections: one that fails fast for the ingest, one that waits for the workers. */
export function createRecord(parts: {
  readonly ingest: StoreConnection;
  readonly commands: StoreConnection;
  readonly queues: Pick<Queues, "enqueue">;
  readonly clock: Clock;
}): Store {
  const { ingest, commands, queues, clock } = parts;
  defineScripts(ingest, scripts);
  defineScripts(commands, scripts);
  const fresh = new Fresh(FRESH_BYTES);

  const commit = batched<Commit, Committed>(async (commits) => {
    const pipeline = ingest.pipeline();
    for (const { event, quarantined, deliveries } of commits)
      addCommit(pipeline, event, deliveries, quarantined);
    queues.enqueue(
      pipeline,
      commits.flatMap(({ deliveries }) => deliveries),
    );
    const replies = await pipeline.exec().then(
      (done) => done ?? [],
      (cause: unknown) => {
        throw unavailable(cause);
      },
    );
    const queued = replies.slice(commits.length).find(([error]) => error)?.[0];
    return Promise.all(
      commits.map(async ({ event, deliveries }, at): Promise<Committed | Error> => {
        const [error, first] = replies[at] ?? [new Error("no reply"), ""];
        // A record whose queue entries failed is put back by the reconciler; yet the sender is told to try again.
        if (error ?? (first === "" && queued)) return unavailable(error ?? queued);
        if (first !== "") return duplicate(first as string);
        fresh.keep(event, deliveries);
        return { kind: "stored" };
      }),
    );
  }, MAX_IN_TURN);

  /** The first event's deliveries are a courtesy: an answer without them is still right. */
  const duplicate = async (first: string): Promise<Committed> => {
    const tags = await ingest.hget(keys.event(first), "r").catch(() => null);
    const deliveries = (tags ?? "")
      .split(",")
      .filter(Boolean)
      .map((tag): DeliveryId => `dlv_${first}${tag}`);
    return { kind: "duplicate", event: `evt_${first}`, deliveries };
  };

  const load = batched<DeliveryId, Recorded | undefined>(async (ids) => {
    const pipeline = commands.pipeline();
    for (const id of ids) pipeline.hmgetBuffer(keys.event(id.slice(4, 30)), "m", "b", `d:${id.slice(30)}`);
    const replies = (await pipeline.exec()) ?? [];
    return ids.map((id, at) => {
      const [error, reply] = replies[at] ?? [new Error("no reply"), undefined];
      return error ?? recordedOf(id, reply as (Buffer | null)[]);
    }) as (Recorded | undefined | Error)[];
  }, MAX_IN_TURN);

  const settle = batched<Settlement, undefined>(async (settlements) => {
    const pipeline = commands.pipeline();
    for (const settlement of settlements) addSettlement(pipeline, settlement, clock.now());
    const replies = (await pipeline.exec()) ?? [];
    return settlements.map((_, at) => replies[at]?.[0] ?? undefined) as (undefined | Error)[];
  }, MAX_IN_TURN);

  return {
    commit: (event, deliveries, state) =>
      withinMs(COMMIT_MS, commit({ event, deliveries, quarantined: state === "quarantined" })),
    load: (id, isFresh) => {
      const known = isFresh ? fresh.take(id) : undefined;
      return known === undefined ? load(id) : Promise.resolve(known);
    },
    settle: (recorded, attempt, outcome) => settle({ recorded, attempt, outcome }),
  };
}

function withinMs<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(unavailable(new Error(`no answer within ${ms} ms`))), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function unavailable(cause: unknown): SignalboxError {
  const why = cause instanceof Error ? cause.message.split("\n")[0] : "no reply";
  return new SignalboxError("ACCEPT_STORE_UNAVAILABLE", `The store did not take the event: ${why}.`, {
    cause,
    retryAfterSeconds: 2,
  });
}

function addCommit(
  pipeline: Pipeline,
  event: Event,
  deliveries: readonly Delivery[],
  quarantined: boolean,
): void {
  const { context, dedupeKey, dedupeMs } = event;
  const id = context.id.slice(4);
  const meta: EventMeta = {
    c: context,
    k: event.contentType,
    ...(quarantined && { q: "quarantined" as const }),
  };
  const metaText = JSON.stringify(meta);
  const receivedAt = Date.parse(context.receivedAt);
  const args: (string | number | Buffer)[] = [
    keys.event(id),
    keys.events,
    keys.open,
    keys.bytes,
    keys.dedupe(context.source, dedupeKey === undefined ? "" : dedupeName(dedupeKey)),
    id,
    dedupeKey === undefined ? 0 : Math.round(dedupeMs),
    event.body.length + metaText.length + OVERHEAD_BYTES,
    metaText,
    event.body,
    deliveries.map(({ route }) => routeTag(route)).join(","),
    receivedAt,
    JSON.stringify({
      event: context.id,
      source: context.source,
      type: context.type,
      deliveries: deliveries.length,
    }),
  ];
  for (const { id: delivery, route, target } of deliveries) {
    const initial: DeliveryMeta = {
      r: route,
      t: target,
      s: "pending",
      n: 0,
      k: 0,
      g: "initial",
      u: receivedAt,
    };
    args.push(routeTag(route), delivery, JSON.stringify(initial));
  }
  pipeline.sbCommit(...args);
}

/** Ids of providers may be long or odd: those are remembered by their hash. */
function dedupeName(key: string): string {
  return /^[\w.-]{1,64}$/.test(key) ? key : createHash("sha256").update(key).digest("base64url").slice(0, 32);
}

interface Settlement {
  readonly recorded: Recorded;
  readonly attempt: Attempt;
  readonly outcome: Outcome;
}

function addSettlement(pipeline: Pipeline, { recorded, attempt, outcome }: Settlement, now: number): void {
  const { id, route, target, event } = recorded.delivery;
  const ever = recorded.attemptsEver + 1;
  const meta: DeliveryMeta = {
    r: route,
    t: target,
    s: outcome.state,
    n: attempt.number,
    k: ever,
    g: outcome.state === "retrying" ? "retry" : attempt.trigger,
    u: now,
    ...(outcome.state === "retrying" && { x: outcome.dueAt }),
    ...(outcome.state === "dead" && { c: outcome.code }),
  };
  const news = {
    delivery: id,
    route,
    target,
    state: outcome.state,
    attempt: attempt.number,
    status: attempt.status,
  };
  pipeline.sbSettle(
    keys.event(event.slice(4)),
    keys.open,
    keys.dead,
    keys.bytes,
    routeTag(route),
    id,
    JSON.stringify(meta),
    JSON.stringify(attempt),
    ever,
    outcome.state,
    outcome.state === "retrying" ? outcome.dueAt : 0,
    now,
    JSON.stringify(news),
  );
}
