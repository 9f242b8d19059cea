/** The record of events and deliveries in Redis, with the queues over it: fills the port `Store`. */
import { createHash } from "node:crypto";
import { OPEN_STATES, type Delivery, type DeliveryId } from "../../core/delivery.ts";
import { SignalboxError } from "../../core/errors.ts";
import type { EventId } from "../../core/event.ts";
import { routeTag } from "../../core/ids.ts";
import type { Clock, Commit, Committed, Recorded, Standing, Store } from "../../ports.ts";
import { batched } from "../store/batch.ts";
import type { Queues } from "../queues/bullmq.ts";
import { askToConfirm, asksToConfirm, unconfirmed, type Durability } from "../store/durability.ts";
import { flowReportScript, reportText, type FlowNews } from "../waiting/flow-scripts.ts";
import { Fresh } from "./fresh.ts";
import { hashesOf } from "../history/index-hash.ts";
import { PREFIX } from "../queues/ready.ts";
import { metaOf, OVERHEAD_BYTES, pendingOf, recordedOf } from "./format.ts";
import { hourOf, keys } from "./keys.ts";
import { linesScript } from "../waiting/line-scripts.ts";
import { MOVE, scripts } from "./scripts.ts";
import { settlementOf, type Settlement } from "./settle.ts";
import { storedBody } from "./stored-body.ts";
import { defineScripts, gatherWrites, type Pipeline, type StoreConnection } from "../store/redis.ts";

/** Events just accepted by this process, for the worker in the same process: at most so many bytes, a quarter of them as they were read. */
const FRESH_BYTES = 64 * 1024 * 1024;
const MAX_IN_TURN = { max: 64, inFlight: 4 };
/** A sender is not kept waiting for a store that hangs; what it is refused may have been stored, and will be known. */
const COMMIT_MS = 1_000;
/** The same for a batch, which takes longer. */
const COMMIT_ALL_MS = 3_000;
/** A batch is forgotten so long after its last attempt. */
const BATCH_SECONDS = 30 * 86_400;
/** What the script says of an event that a former try has stored: its deliveries may stand anywhere by now. */
const HERE_ALREADY = "=";
/** What it says of one that has been stored now, and of which a delivery in line has come into the queue. */
const AND_WAKE = "+";

/** The record over two connections: one that fails fast for the ingest, one that waits for the workers. */
export function createRecord(parts: {
  readonly ingest: StoreConnection;
  readonly commands: StoreConnection;
  readonly queues: Pick<Queues, "scripts" | "announce" | "isAsleep" | "wake" | "end">;
  readonly clock: Clock;
  /** How long the hours of the ledger are kept. */
  readonly ledgerSeconds: number;
  /** Makes a sealed event hot again; false where there is no such event. */
  readonly thaw: (id: EventId) => Promise<boolean>;
  /** An event's deliveries, hot or sealed; none where it has left the history. */
  readonly standing: (id: EventId) => Promise<readonly Standing[]>;
  /** True while events have to wait: only then are bodies worth deflating, since others leave the hot events before long. */
  readonly isLong: () => boolean;
  /** By what an event is safe before it counts as stored; without it, by the store's word. */
  readonly durability?: () => Durability;
  /** Hears what becomes of a target by how its attempts go. */
  readonly hear?: (target: string, news: FlowNews) => void;
}): Store {
  const { ingest, commands, queues, clock, ledgerSeconds, thaw, standing, isLong, hear } = parts;
  const durability = parts.durability ?? ((): Durability => ({ mode: "fast" }));
  const { sbCommit, sbSettle, sbSettleFollowed, sbPostpone } = scripts;
  const { add: addJob, finish: finishJob } = queues.scripts;
  const settling = finishJob + flowReportScript;
  defineScripts(ingest, { sbCommit: { ...sbCommit, lua: addJob + linesScript(MOVE) + sbCommit.lua } });
  defineScripts(commands, {
    sbSettle: { ...sbSettle, lua: settling + linesScript(addJob) + sbSettle.lua },
    sbSettleFollowed: {
      ...sbSettleFollowed,
      lua: addJob + settling + linesScript(MOVE + addJob) + sbSettleFollowed.lua,
    },
    sbPostpone,
  });
  gatherWrites(commands);
  const fresh = new Fresh(FRESH_BYTES);

  /** What it returns is to be called with the replies. */
  const add = (
    pipeline: Pipeline,
    commits: readonly Commit[],
  ): ((replies: readonly [Error | null, unknown][]) => void) => {
    const deflates = isLong();
    for (const one of commits) {
      const { names, args } = commitCall(one, deflates, ledgerSeconds, queues);
      pipeline.sbCommit(...names, ...args);
    }
    const all = commits.flatMap(({ deliveries }) => deliveries);
    // Whether one that stands in line has anybody to wake, only the script knows.
    const wake = queues.announce(
      pipeline,
      all.filter(({ line }) => line === undefined),
    );
    return (replies) => {
      wake();
      commits.forEach(({ deliveries }, at) => {
        if (replies[at]?.[1] !== AND_WAKE) return;
        for (const { line, target } of deliveries) if (line !== undefined) queues.wake(target);
      });
    };
  };

  const outcomeOf = async ({ event, deliveries }: Commit, first: string): Promise<Committed> => {
    const isNew = first === "" || first === AND_WAKE;
    if (isNew) fresh.keep(event, deliveries, performance.now());
    if (isNew || first === HERE_ALREADY) return { kind: "stored" };
    // Whether something of it is to run again follows from how it stands: not to know that is not to have taken it.
    return { kind: "duplicate", event: `evt_${first}`, deliveries: await stands(first) };
  };

  const stands = (first: string): Promise<readonly Standing[]> =>
    standing(`evt_${first}`).catch((cause: unknown) => {
      throw unavailable(cause);
    });

  const send = (pipeline: Pipeline): Promise<[Error | null, unknown][]> =>
    pipeline.exec().then(
      (done) => done ?? [],
      (cause: unknown) => {
        throw unavailable(cause);
      },
    );

  const commit = batched<Commit, Committed>(async (commits) => {
    const pipeline = ingest.pipeline();
    const wake = add(pipeline, commits);
    const kept = durability();
    askToConfirm(pipeline, kept);
    const replies = await send(pipeline);
    wake(replies);
    const unsafe = unconfirmed(kept, replies.at(-1));
    if (unsafe) throw unavailable(unsafe);
    return Promise.all(
      commits.map(async (one, at): Promise<Committed | Error> => {
        const [error, first] = replies[at] ?? [new Error("no reply"), ""];
        if (error) return unavailable(error);
        return outcomeOf(one, first as string).catch((failed: unknown) => failed as Error);
      }),
    );
  }, MAX_IN_TURN);

  /** One transaction: it is done as a whole, and written to the store's log as a whole. */
  const commitAll = async (commits: readonly Commit[]): Promise<readonly Committed[]> => {
    const transaction = ingest.multi() as unknown as Pipeline;
    const wake = add(transaction, commits);
    const replies = await send(transaction);
    wake(replies);
    const failed = replies.find(([error]) => error)?.[0];
    if (replies.length < commits.length || failed) throw unavailable(failed ?? new Error("no reply"));
    await confirmed(durability());
    return Promise.all(commits.map((one, at) => outcomeOf(one, replies[at]![1] as string)));
  };

  /** In a transaction WAIT does not wait: it comes after. */
  const confirmed = async (kept: Durability): Promise<void> => {
    if (!asksToConfirm(kept)) return;
    const pipeline = ingest.pipeline();
    askToConfirm(pipeline, kept);
    const unsafe = unconfirmed(kept, (await send(pipeline))[0]);
    if (unsafe) throw unavailable(unsafe);
  };

  const load = async (id: DeliveryId): Promise<Recorded | undefined> =>
    recordedOf(id, await commands.hmgetBuffer(keys.event(id.slice(4, 30)), "m", "b", `d:${id.slice(30)}`));

  /** The call of the script, with what finishes the delivery in its queue and what is said of its target. */
  const sending = (settled: readonly string[], follows?: Commit) => {
    if (follows === undefined)
      return (finish: string, ...report: string[]): Promise<unknown> =>
        commands.sbSettle(...settled, finish, ...report);
    const { names, args } = commitCall(follows, isLong(), ledgerSeconds, NOBODY_ASLEEP);
    const [event = "", ledger = "", ...rest] = settled;
    return async (finish: string, report?: string): Promise<unknown> => {
      const all = [...rest, finish, report ?? "", ...args];
      const reply = await commands.sbSettleFollowed(event, ledger, ...names, ...all);
      // Where there is nothing to report, the reply is as if nobody had asked.
      const [done, finished] = reply as [unknown, unknown];
      return report !== undefined ? reply : finish === "" ? done : [done, finished];
    };
  };

  const settle = async (settlement: Settlement): Promise<boolean> => {
    const now = clock.now();
    const settled = settlementOf(settlement, now);
    const { recorded, outcome, sign, follows } = settlement;
    const { target } = recorded.delivery;
    const call = sending(settled, follows);
    const send = async (finish: string): Promise<unknown> => {
      if (sign === undefined) return call(finish);
      const text = reportText(`${PREFIX}:${target}:`, target, sign, now);
      const [done, finished, news] = (await call(finish, text)) as [unknown, unknown, FlowNews];
      hear?.(target, news);
      return finish === "" ? done : [done, finished];
    };
    return (await (outcome.state === "retrying" ? send("") : queues.end(recorded.delivery.id, send))) === 1;
  };

  /** An attempt that ends after its event was sealed, since another worker had taken the delivery over, is kept as well. */
  const settleLate = async (settlement: Settlement): Promise<void> => {
    if (await settle(settlement)) return;
    if (await thaw(settlement.recorded.delivery.event)) await settle(settlement);
  };

  return {
    commit: (event, deliveries, state) =>
      withinMs(COMMIT_MS, commit({ event, deliveries, quarantined: state === "quarantined" })),
    commitAll: (commits) => withinMs(COMMIT_ALL_MS, commitAll(commits)),
    load: (id, isFresh) => {
      const known = isFresh ? fresh.take(id) : undefined;
      return known === undefined ? load(id) : Promise.resolve(known);
    },
    async batch(first) {
      const ids = (await commands.lrange(keys.batch(first), 0, -1)) as DeliveryId[];
      await commands.expire(keys.batch(first), BATCH_SECONDS);
      const found = await Promise.all(ids.map(load));
      return found.filter(
        (one) => one !== undefined && one.batch === first && OPEN_STATES.includes(one.state),
      ) as Recorded[];
    },
    settle: (recorded, attempt, outcome, transformed, sign, follows) =>
      settleLate({
        ...{ recorded, attempt, outcome },
        ...(transformed && { transformed }),
        ...(sign && { sign }),
        ...(follows && { follows }),
      }),
    postpone: async ({ delivery: { id, event } }, { at, because }) => {
      await commands.sbPostpone(keys.event(event.slice(4)), id, at, JSON.stringify(because));
    },
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

/** Who is not here to wake leaves it to the script. */
const NOBODY_ASLEEP = { isAsleep: () => false };

/** A commit as a call of the record's script. */
function commitCall(
  { event, deliveries, quarantined = false }: Commit,
  deflates: boolean,
  ledgerSeconds: number,
  queues: Pick<Queues, "isAsleep">,
): { readonly names: readonly string[]; readonly args: readonly (string | Buffer)[] } {
  const { context, dedupeKey, dedupeMs } = event;
  const id = context.id.slice(4);
  const meta = metaOf(event, quarantined);
  const body = deflates ? storedBody(event.body) : event.body;
  const receivedAt = Date.parse(context.receivedAt);
  const news = {
    event: context.id,
    source: context.source,
    type: context.type,
    deliveries: deliveries.length,
  };
  const short = [
    id,
    dedupeKey === undefined ? 0 : Math.round(dedupeMs),
    body.length + meta.length + OVERHEAD_BYTES,
    receivedAt,
    context.source,
    ledgerSeconds,
    hashesOf(event),
    quarantined ? "quarantined" : "unrouted",
  ];
  const names = [
    keys.event(id),
    // Without an id there is nothing to remember; a cluster wants to know of every key where it is, so it is one that is there.
    dedupeKey === undefined ? keys.event(id) : keys.dedupe(context.source, dedupeName(dedupeKey)),
    keys.ledger(hourOf(receivedAt)),
  ];
  const args: (string | Buffer)[] = [short.join("|"), meta, body, JSON.stringify(news)];
  for (const delivery of deliveries) args.push(placeOf(delivery, queues), pendingOf(delivery, receivedAt));
  return { names, args };
}

/** The route's characters; until when it waits; where it stands in line with that, and whether this process wakes who is to take it. */
function placeOf({ route, target, due, line }: Delivery, queues: Pick<Queues, "isAsleep">): string {
  const tag = due === undefined ? routeTag(route) : `${routeTag(route)}@${due.at}`;
  return line === undefined ? tag : `${tag}|${line.terms}|${queues.isAsleep(target) ? 1 : ""}|${line.id}`;
}

/** Ids of providers may be long or odd: those are remembered by their hash. */
export function dedupeName(key: string): string {
  return /^[\w.-]{1,64}$/.test(key) ? key : createHash("sha256").update(key).digest("base64url").slice(0, 32);
}
