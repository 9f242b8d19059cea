/** The record of events and deliveries in Redis, with the queues over it: fills the port `Store`. */
import { getHeapStatistics } from "node:v8";
import { OPEN_STATES, type DeliveryId } from "../../core/delivery.ts";
import { SignalboxError } from "../../core/errors.ts";
import type { EventId } from "../../core/event.ts";
import type { Clock, Commit, Committed, Recorded, Standing, Store } from "../../ports.ts";
import { batched } from "../store/batch.ts";
import type { Queues } from "../queues/bullmq.ts";
import { confirmed, type Durability } from "../store/durability.ts";
import { flowReportScript, reportText, type FlowNews } from "../waiting/flow-scripts.ts";
import { Carried } from "./carried.ts";
import { commitCall, NOBODY_ASLEEP, scriptArguments } from "./commit-call.ts";
import { Fresh, freshBytes } from "./fresh.ts";
import { PREFIX, READY_KEY } from "../queues/ready.ts";
import { recordedOf } from "./format.ts";
import { keys } from "./keys.ts";
import { linesScript } from "../waiting/line-scripts.ts";
import { DELIVERY_LUA, scripts } from "./scripts.ts";
import { SettleCalls } from "./settle-calls.ts";
import { settlementOf, type Settlement } from "./settle.ts";
import { defineScripts, type Pipeline, type StoreConnection } from "../store/redis.ts";
import { gatherWrites, inOneWrite } from "../store/writes.ts";

const MAX_IN_TURN = { max: 64, inFlight: 4, early: 10 };
/** Events and deliveries in one call of the store's script, more or less: it serves nobody else meanwhile. */
const MAX_IN_CALL = 128;
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
  /** False where this process delivers nothing: then nothing is kept for its worker. */
  readonly isWorking?: boolean;
  /** Hears what becomes of a target by how its attempts go. */
  readonly hear?: (target: string, news: FlowNews) => void;
}): Store {
  const { ingest, commands, queues, clock, ledgerSeconds, thaw, standing, isLong, hear } = parts;
  const durability = parts.durability ?? ((): Durability => ({ mode: "fast" }));
  const { sbCommit, sbSettle, sbSettleFollowed, sbPostpone } = scripts;
  const { add: addJob, finish: finishJob } = queues.scripts;
  const settling = finishJob + flowReportScript;
  defineScripts(ingest, {
    sbCommit: { lua: addJob + linesScript(DELIVERY_LUA) + sbCommit.lua },
    sbTake: { numberOfKeys: 1, lua: queues.scripts.take },
  });
  defineScripts(commands, {
    sbSettle: { lua: settling + linesScript(addJob) + sbSettle.lua },
    sbSettleFollowed: {
      ...sbSettleFollowed,
      lua: addJob + settling + linesScript(DELIVERY_LUA + addJob) + sbSettleFollowed.lua,
    },
    sbPostpone,
  });
  const ends = new SettleCalls(commands, gatherWrites(commands));
  const carried = new Carried();
  const room = freshBytes(process.constrainedMemory(), getHeapStatistics().heap_size_limit);
  const fresh = new Fresh(parts.isWorking === false ? 0 : room);

  /** Commits as calls of the script, and whom to tell of them. */
  const callsOf = (commits: readonly Commit[]) => {
    const deflates = isLong();
    const calls: { readonly count: number; readonly args: (string | number | Buffer)[] }[] = [];
    for (let from = 0, to = 0; from < commits.length; from = to) {
      for (let work = 0; to < commits.length && (to === from || work < MAX_IN_CALL); to += 1)
        work += 1 + commits[to]!.deliveries.length;
      const some = commits.slice(from, to).map((one) => commitCall(one, deflates, ledgerSeconds, queues));
      calls.push({ count: some.length, args: scriptArguments(some) });
    }
    // Whether one that stands in line has anybody to wake, only the script knows.
    const all = commits.flatMap(({ deliveries }) => deliveries.filter(({ line }) => line === undefined));
    /** What is said of each commit, by what is said to each call. */
    const repliesIn = (replies: readonly unknown[]): readonly (string | Error)[] =>
      calls.flatMap(({ count }, nth) => {
        const reply = replies[nth] ?? new Error("no reply");
        return reply instanceof Error ? Array<Error>(count).fill(reply) : (reply as (string | Error)[]);
      });
    return { calls, repliesIn, ...queues.announce(all) };
  };

  /** Wakes whom only the script knew to wake. */
  const wakeFor = ({ deliveries }: Commit, reply: string | Error): void => {
    if (reply !== AND_WAKE) return;
    for (const { line, target } of deliveries) if (line !== undefined) queues.wake(target);
  };

  /** Before they are sent: a worker may be given a delivery before the word comes back that it is stored. */
  const keep = (commits: readonly Commit[]): void => {
    const now = performance.now();
    for (const { event, deliveries } of commits) fresh.keep(event, deliveries, now);
  };
  const drop = (commits: readonly Commit[]): void => {
    for (const { deliveries } of commits) fresh.drop(deliveries);
  };

  const outcomeOf = async ({ deliveries }: Commit, first: string): Promise<Committed> => {
    if (first === "" || first === AND_WAKE) return { kind: "stored" };
    fresh.drop(deliveries);
    if (first === HERE_ALREADY) return { kind: "stored" };
    // Whether something of it is to run again follows from how it stands: not to know that is not to have taken it.
    return { kind: "duplicate", event: `evt_${first}`, deliveries: await stands(first) };
  };

  const stands = (first: string): Promise<readonly Standing[]> =>
    standing(`evt_${first}`).catch((cause: unknown) => {
      throw unavailable(cause);
    });

  /** One call and one write; without a pipeline, which would copy the bodies once more. */
  const commit = batched<Commit, Committed>(async (commits) => {
    const kept = durability();
    const { calls, repliesIn, ready, wake, takeAhead } = callsOf(commits);
    keep(commits);
    const sent = inOneWrite(ingest, () => {
      const all = calls.map(({ args }) => ingest.sbCommit(...args).catch(ownWord));
      // Where an event is safe only by more than the store's word, nothing of it is sent before.
      if (kept.mode === "fast") takeAhead(ingest);
      // Behind the commits: who is woken too early finds nothing, and sleeps on.
      if (ready.length > 0) ingest.zadd(READY_KEY, ...ready).catch(() => undefined);
      return Promise.all([Promise.all(all), confirmed(ingest, kept)]);
    });
    const [done] = await sent.catch((cause: unknown) => {
      drop(commits);
      throw unavailable(cause);
    });
    wake();
    const replies = repliesIn(done);
    return Promise.all(
      commits.map(async (one, at): Promise<Committed | Error> => {
        const reply = replies[at]!;
        if (typeof reply !== "string") {
          fresh.drop(one.deliveries);
          return unavailable(reply);
        }
        wakeFor(one, reply);
        return outcomeOf(one, reply).catch((failed: unknown) => failed as Error);
      }),
    );
  }, MAX_IN_TURN);

  /** One transaction: it is done as a whole, and written to the store's log as a whole. */
  const commitAll = async (commits: readonly Commit[]): Promise<readonly Committed[]> => {
    const transaction = ingest.multi() as unknown as Pipeline;
    const { calls, repliesIn, ready, wake } = callsOf(commits);
    keep(commits);
    for (const { args } of calls) transaction.sbCommit(...args);
    if (ready.length > 0) transaction.zadd(READY_KEY, ...ready);
    try {
      const done = (await transaction.exec()) ?? [];
      const replies = repliesIn(done.map(([error, reply]) => error ?? reply));
      const failed = replies.find((reply) => typeof reply !== "string");
      if (failed !== undefined) throw failed;
      wake();
      for (const [at, one] of commits.entries()) wakeFor(one, replies[at]!);
      // In a transaction WAIT does not wait: it comes after.
      await confirmed(ingest, durability());
      return await Promise.all(commits.map((one, at) => outcomeOf(one, replies[at] as string)));
    } catch (cause) {
      drop(commits);
      throw unavailable(cause);
    }
  };

  const load = async (id: DeliveryId): Promise<Recorded | undefined> => {
    const came = carried.take(id);
    const known = came && recordedOf(id, came);
    if (known !== undefined) return known;
    carried.missed();
    const fields = await commands.hmgetBuffer(keys.event(id.slice(4, 30)), "m", "b", `d:${id.slice(30)}`);
    return recordedOf(id, fields);
  };

  /** The call of the script, with what finishes the delivery in its queue and what is said of its target; answered in bytes where asked. */
  const sending = ({ names, args }: ReturnType<typeof settlementOf>, follows?: Commit) => {
    if (follows === undefined)
      return (inBytes: boolean, finish: string, report: string): Promise<unknown> => {
        const call = { names, args: [...args, finish, report] };
        return finish === "" ? ends.now(call) : ends.soon(call, inBytes);
      };
    const more = commitCall(follows, isLong(), ledgerSeconds, NOBODY_ASLEEP);
    return (inBytes: boolean, finish: string, report: string): Promise<unknown> => {
      const all = [...names, ...more.names, ...args, finish, report, ...more.args];
      return inBytes ? commands.sbSettleFollowedBuffer(...all) : commands.sbSettleFollowed(...all);
    };
  };

  const settle = async (settlement: Settlement): Promise<boolean> => {
    const now = clock.now();
    const { recorded, outcome, sign, follows } = settlement;
    const send = sending(settlementOf(settlement, now), follows);
    const { target } = recorded.delivery;
    const report = sign === undefined ? "" : reportText(`${PREFIX}:${target}:`, target, sign, now);
    const ending = async (finish: string): Promise<unknown> => {
      const carries = finish !== "" && carried.isWorth;
      const [done, finished, news] = (await (carries
        ? carried.with(finish, (asking) => send(true, asking, report))
        : send(false, finish, report))) as [unknown, unknown, FlowNews];
      if (sign !== undefined) hear?.(target, news);
      return finish === "" ? done : [done, finished];
    };
    return (
      (await (outcome.state === "retrying" ? ending("") : queues.end(recorded.delivery.id, ending))) === 1
    );
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
      if (known === undefined) return load(id);
      carried.spared();
      carried.take(id);
      return Promise.resolve(known);
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
        recorded,
        attempt,
        outcome,
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

/** What the store itself says is said to each; anything else is thrown on. */
function ownWord(error: Error): Error {
  if (error.name === "ReplyError") return error;
  throw error;
}

function unavailable(cause: unknown): SignalboxError {
  if (cause instanceof SignalboxError) return cause;
  const why = cause instanceof Error ? cause.message.split("\n")[0] : "no reply";
  return new SignalboxError("ACCEPT_STORE_UNAVAILABLE", `The store did not take the event: ${why}.`, {
    cause,
    retryAfterSeconds: 2,
  });
}
