/**
 * The queues: one BullMQ queue a target, all of them on two connections, with stock Workers.
 * BullMQ's only blocking call is `backend.waitForJob`; ours sleeps in this process and is woken by a `ready` zset.
 * Times that go to the store are the store's, times that come from it are turned into this process's.
 */
import {
  DelayedError,
  Queue,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  Worker,
  raw2NextJobData,
  type Job,
} from "bullmq";
import type { Delivery, DeliveryId } from "../../core/delivery.ts";
import type { FlowKeys } from "../../core/target-flow.ts";
import type { Clock, Log } from "../../ports.ts";
import { Endings } from "../record/endings.ts";
import type { Deliveries } from "../http/intake-gate.ts";
import { FULL, LOUD, withFlow } from "../waiting/flow-scripts.ts";
import { Intakes } from "../watching/intakes.ts";
import { GIVE_BACK, addJobScript, finishJobScript, finishText, quiet, takeScript } from "./queue-scripts.ts";
import {
  changeScripts,
  defineScripts,
  scriptOf,
  slimPipelines,
  type Pipeline,
  type StoreConnection,
} from "../store/redis.ts";
import {
  PREFIX,
  READY_KEY,
  TARGETS_KEY,
  countsOf,
  dueUpTo,
  haveTaken,
  haveWaiting,
  listenForReady,
  type Counts,
} from "./ready.ts";
import { repeat } from "../repeat.ts";
import { createPresence } from "./presence.ts";
import { Wakes } from "./wakes.ts";

/** Kept for as long as the attempt takes, by a renewal every half of it: so long may an event loop stand still. */
const LOCK_MS = 7_000;
/** Period of the stalled sweep. What a killed worker had in hand is back sooner (presence.ts); where its machine is gone, after LOCK_MS + SWEEP_MS. */
const SWEEP_MS = 2_000;
const PASS_MS = 2_000;
/** Who finds all of a target's places taken is woken once at most in so long by what arrives. */
const FULL_MS = 50;
/** Longest wait, at the end, for the connection that wakes. */
const LAST_WAKE_MS = 500;
/** Longest wait, at the end, for the store's word on the last deliveries, where no attempt is under way. */
const LAST_IDLE_MS = 3_000;
/** After an error that nobody foresaw (the store hiccuped), a delivery is looked at again. */
const ODD_ERROR_MS = 5_000;

/** What is given to others is taken by this process again once they have had so long to see it: each looks at its queues every PASS_MS. */
const GIVEN_MS = 3_000;

/** What the queue does with a delivery after an attempt; `dueAt` in epoch ms of the store's clock. `others`: another process is to take it, if it can. */
export type Next =
  { readonly again: false } | { readonly again: true; readonly dueAt: number; readonly others?: true };

/** `started`: attempts that this queue entry has begun. `fresh`: the first start of a delivery that the ingest enqueued, so its record stands as it was committed. */
export type Perform = (
  id: DeliveryId,
  start: { readonly enqueuedAt: number; readonly fresh: boolean; readonly started: number },
) => Promise<Next>;

export interface Queues {
  /** Puts deliveries into the queues of their targets again, and wakes those, as part of a pipeline that the caller sends. */
  enqueue(pipeline: Pipeline, deliveries: readonly Delivery[]): void;
  /** Lua for the record: the functions `addJob` and `addJobLater`, `finishJob`, and the script `sbTake`; see queue-scripts.ts. */
  readonly scripts: { readonly add: string; readonly finish: string; readonly take: string };
  /**
   * How the queues of deliveries are woken that a script adds: whoever sleeps in this process by `wake`, to be called once that is
   * answered, others by the store, to which `ready` is added as READY_KEY's members with their scores.
   */
  announce(deliveries: readonly Delivery[]): {
    readonly ready: (string | number)[];
    readonly wake: () => void;
    /** Behind what adds them, on its connection: takes for those who are to be woken, who then need not ask. */
    readonly takeAhead: (on: StoreConnection) => void;
  };
  /** True while this process has a worker that sleeps over a target's queue; and wakes it. */
  isAsleep(target: string): boolean;
  wake(target: string): void;
  /** Sends a delivery's end, with what finishes it in its queue where that comes in the same turn. The reply is the record's. */
  end(id: DeliveryId, send: (finish: string) => Promise<unknown>): Promise<unknown>;
  /** Starts working on a target's queue, with its limits as they are now. */
  work(target: string, keys: FlowKeys): void;
  /** Has a target's queue looked at, even if it was told to wait. */
  rouse(target: string): void;
  /** True for each delivery that the queue knows. */
  has(deliveries: readonly Delivery[]): Promise<boolean[]>;
  /** Takes a delivery out of its queue; false when it is being attempted at this moment. */
  remove(delivery: Delivery): Promise<boolean>;
  /** Deliveries waiting, delayed and active, by target. */
  counts(targets: readonly string[]): Promise<Map<string, Counts>>;
  /** Every target that ever had a worker: some may have gone from the workspace and left deliveries behind. */
  known(): Promise<string[]>;
  /** How many delayed deliveries of the targets fall due up to each of the times (epoch ms of the store's clock). */
  due(targets: readonly string[], times: readonly number[]): Promise<number[]>;
  /** A target's queue as BullMQ's own object, for what shows queues; on the connection that is there anyway. */
  queue(target: string): Queue;
  /** Attempts that this process is making. */
  readonly active: number;
  /** What it has done since it began. */
  readonly deliveries: Deliveries;
  /** Epoch ms (this process's clock) of the last sign of progress: a delivery done, or no worker asleep over work. */
  readonly progressAt: number;
  /** Stops taking deliveries, waits for those in hand until the deadline, hands the rest back to the sweep. */
  close(deadlineMs: number): Promise<void>;
}

/** A backend whose waiting happens in this process and whose clock is the store's. */
class SharedBackend extends RedisQueueBackend {
  readonly #commands: StoreConnection;
  readonly #wakes: Wakes;
  readonly #endings: Endings;
  readonly #offset: () => number;
  readonly #intakes: Intakes;
  readonly #options: { lockDuration?: number };
  readonly #giveBack: Shared["giveBack"];
  readonly #givenMs: Shared["givenMs"];
  /** The last it took is not begun yet; when the next one falls due (epoch ms of the store) where that was all there was. */
  #taking: { readonly dueAt: number | undefined } | undefined;
  /** What was taken while its worker slept, and is to be found by it at its next look. */
  #ahead: { readonly token: string; readonly reply: Promise<unknown[] | undefined> } | undefined;
  /** By what the locks of such deliveries were taken, until they are begun. */
  readonly #tokens = new Map<string, string>();

  constructor(
    connection: RedisConnection,
    name: string,
    options: object,
    { commands, wakes, endings, offset, intakes, giveBack, givenMs }: Shared,
  ) {
    const keys = new QueueKeys(PREFIX);
    const withPrefix = { connection: {}, ...options, prefix: PREFIX };
    super(
      connection,
      name,
      keys.getKeys(name),
      (type) => keys.toKey(name, type),
      withPrefix,
      undefined,
      false,
    );
    this.#commands = commands;
    this.#giveBack = giveBack;
    this.#givenMs = givenMs;
    this.#wakes = wakes;
    this.#endings = endings;
    this.#intakes = intakes;
    this.#options = options;
    this.#offset = offset;
  }

  override get maximumBlockTimeout(): number {
    return 3600;
  }

  override get minimumBlockTimeout(): number {
    return 0.001;
  }

  override async waitForJob(seconds: number): Promise<{ member: string; score: number } | null> {
    const ms = Math.max(seconds * 1_000, this.#givenMs(this.name));
    return (await this.#wakes.sleep(this.name, ms)) ? { member: "0", score: 0 } : null;
  }

  override disconnectBlocking(): Promise<void> {
    this.#wakes.cancel(this.name);
    return Promise.resolve();
  }

  override reconnectBlocking(): Promise<void> {
    return Promise.resolve();
  }

  /** The scripts' own timestamp argument: keys first, then prefix or job id, then the time. What a job is taken by comes last. */
  override execCommand(client: never, command: string, args: unknown[]): unknown {
    if (command === "moveToFinished") args[15] = Date.now() + this.#offset();
    if (command === "moveToFinished" && args[19] === 1) {
      const { turn, most, flow } = this.#intakes.ask(this.name);
      args.push(turn, most, flow);
    }
    return super.execCommand(client, command, args);
  }

  /** A delivery's end goes with the record's. */
  override async moveToCompleted(
    ...all: Parameters<RedisQueueBackend["moveToCompleted"]>
  ): ReturnType<RedisQueueBackend["moveToCompleted"]> {
    const [job, , , token, fetchNext = false] = all;
    const finishedOn = Date.now();
    const { lockDuration = LOCK_MS } = this.#options;
    const takes = fetchNext && !this.closing && !this.#wakes.isQuiet(this.name);
    const { turn, most, flow } = takes ? this.#intakes.ask(this.name) : NOTHING;
    const [queue, id, now] = [this.toKey(""), job.id!, finishedOn + this.#offset()];
    const finish = finishText({ queue, id, token, now, fetchNext: takes, lockDuration, turn, most, flow });
    const reply = await this.#endings.take(job.id!, finish);
    if (reply === undefined) {
      if (takes) this.#intakes.unask(this.name);
      all[4] = takes;
      return super.moveToCompleted(...all);
    }
    if (Number(reply) < 0) {
      const failed = { code: Number(reply), jobId: job.id!, command: "moveToFinished", state: "active" };
      throw this.finishedErrors(failed);
    }
    return { result: this.#taken(raw2NextJobData(reply as unknown[]), takes), finishedOn };
  }

  override async moveToActive(token: string): Promise<unknown[]> {
    const ahead = this.#ahead;
    if (ahead !== undefined) {
      this.#ahead = undefined;
      const reply = await ahead.reply;
      if (reply !== undefined) return this.#begins(reply, ahead.token);
    }
    const taking = this.#taking;
    this.#taking = undefined;
    // It is known that nothing may be taken now: that is not asked again.
    if (this.#wakes.isQuiet(this.name)) return [null, 0, 0, 0];
    // BullMQ begins nothing of what it has taken while there is more to take, one way to the store after the other: the first of ten
    // would wait for all. So it is told that there is no more after each one, and looks again at once, where there is.
    if (taking !== undefined) {
      if (taking.dueAt === undefined) this.#wakes.wake(this.name);
      return this.#local([null, 0, 0, taking.dueAt ?? 0]);
    }
    return this.#begins(await this.#take(this.#commands, token));
  }

  /** Takes for its worker, which sleeps; where the answer is lost, what it may have taken is given back. */
  takeAhead(on: StoreConnection, token: string): void {
    if (this.#ahead !== undefined || !this.#wakes.isFree(this.name)) return;
    const reply = this.#take(on, token).catch(() => {
      this.#intakes.unask(this.name);
      this.#giveBack(this.name, token);
      return undefined;
    });
    const ahead = { token, reply };
    this.#ahead = ahead;
    void reply.then(() => setImmediate(() => this.#ahead === ahead && this.#wakes.wake(this.name)));
  }

  /** By what a delivery is locked that was taken ahead; once. */
  tokenOf(id: string): string | undefined {
    const token = this.#tokens.get(id);
    if (token !== undefined) this.#tokens.delete(id);
    return token;
  }

  async #take(on: StoreConnection, token: string): Promise<unknown[]> {
    const { turn, most, flow } = this.#intakes.ask(this.name);
    const { lockDuration = LOCK_MS } = this.#options;
    const [queue, now] = [this.toKey(""), Date.now() + this.#offset()];
    return (await on.sbTake(`${queue}wait`, queue, token, now, lockDuration, turn, most, flow)) as unknown[];
  }

  #begins(reply: unknown[], ahead?: string): unknown[] {
    const next = this.#taken(raw2NextJobData(reply), true);
    if (!next[0]) return next;
    this.#taking = { dueAt: reply[4] as number | undefined };
    if (ahead !== undefined) this.#tokens.set(String(next[1]), ahead);
    return next;
  }

  override async moveToFinished(
    id: string,
    args: (string | number | boolean | Buffer)[],
  ): Promise<unknown[]> {
    return this.#taken(await super.moveToFinished(id, args), args[19] === 1);
  }

  override async moveToDelayed(
    ...args: Parameters<RedisQueueBackend["moveToDelayed"]>
    // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- BullMQ's own signature.
  ): Promise<void | unknown[]> {
    args[1] += this.#offset();
    const result = await super.moveToDelayed(...args);
    this.#wakes.wake(this.name);
    return result;
  }

  /** What was taken, where something was asked for. Who is told to wait sleeps as others do, and is woken in time. */
  #taken(next: unknown[], asked: boolean): unknown[] {
    if (!asked) return this.#local(next);
    const waitMs = Number(next?.[2] ?? 0);
    if (!next?.[0]) this.#intakes.unask(this.name);
    if (waitMs <= 0) return this.#local(next);
    if (next[0]) {
      this.#wakes.hush(this.name, waitMs, true);
      next[2] = 0;
      return this.#local(next);
    }
    if (waitMs === FULL) this.#wakes.hush(this.name, FULL_MS, false);
    else this.#wakes.hush(this.name, waitMs, true);
    return [null, next[1], 0, 0];
  }

  /** [job, id, rate limit in ms, time of the next delayed job], with times by this process's clock. */
  #local(next: unknown[] | undefined): unknown[] {
    const offset = this.#offset();
    if (next === undefined || Math.abs(offset) < 1) return next as unknown[];
    const job = next[0] as { processedOn?: number } | null;
    if (job && typeof job.processedOn === "number") job.processedOn -= offset;
    if (typeof next[3] === "number" && next[3] > 0) next[3] -= offset;
    return next;
  }
}

/** By when BullMQ renews locks: it compares times of this machine's clock, which may be set back; here they are told by how long ago they were. */
class Tracked extends Map<string, { readonly ts: number; readonly at?: number }> {
  override set(id: string, tracked: { readonly ts: number }): this {
    return super.set(id, { ...tracked, at: performance.now() });
  }

  override get(id: string): { readonly ts: number } | undefined {
    const tracked = super.get(id);
    return tracked && { ...tracked, ts: Date.now() - (performance.now() - tracked.at!) };
  }
}

/** What the backends of a process share. */
interface Shared {
  readonly commands: StoreConnection;
  readonly wakes: Wakes;
  readonly endings: Endings;
  /** ms from this process's clock to the store's. */
  readonly offset: () => number;
  readonly intakes: Intakes;
  /** Puts what was taken by a token back to where it was taken from, and wakes. */
  readonly giveBack: (target: string, token: string) => void;
  /** For how many ms yet others are to take what is in a target's queue; 0 where nothing was given to them. */
  readonly givenMs: (target: string) => number;
}

/** What an end is sent with that asks for nothing more. */
const NOTHING = { turn: 0, most: 0, flow: "" };

/** Opens the queues. `commands` never blocks. */
export function createQueues(parts: {
  readonly commands: StoreConnection;
  /** Used for nothing but waiting; without it (role ingest) nothing is worked on. */
  readonly blocking: StoreConnection | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly perform: Perform;
}): Queues {
  const { commands, blocking, clock, log, perform } = parts;
  const wakes = new Wakes();
  const endings = new Endings();
  const intakes = new Intakes();
  const giveBack = (target: string, token: string): void => {
    const queue = `${PREFIX}:${target}:`;
    commands
      .eval(GIVE_BACK, 1, `${queue}active`, queue, token)
      .then((given) => given !== 0 && wakes.wake(target))
      .catch((error: unknown) => log.debug({ target, error: String(error) }, "queues.give-back"));
  };
  /** ms from this process's clock, which may be set at any time, to the store's. */
  const offset = (): number => clock.now() - Date.now();
  /** Until when a queue has something in it that others are to take, by target: this process's worker sleeps on over it. */
  const given = new Map<string, number>();
  const givenMs = (target: string): number => {
    const ms = (given.get(target) ?? 0) - performance.now();
    if (ms > 0) return ms;
    given.delete(target);
    return 0;
  };
  const shared: Shared = { commands, wakes, endings, offset, intakes, giveBack, givenMs };
  const workers = new Map<string, Worker>();
  /** Those of the workers. */
  const takers = new Map<string, SharedBackend>();
  let ahead = 0;
  const backends = new Map<string, SharedBackend>();
  let lines: string | undefined;
  let progressAt = Date.now();
  let closed = false;
  let active = 0;
  const deliveries = { ended: 0, begun: 0, waitedMs: 0 };
  const shown = new Map<string, Queue>();

  const options = { shared: true, blocking: false, skipVersionCheck: true, skipWaitingForReady: true };
  const connection = new RedisConnection(commands, options);
  connection.setMaxListeners(0);
  connection.on("error", (error: Error) => log.debug({ error: error.message }, "queues.connection"));
  changeScripts(commands, (name, lua) => (name.includes(":") ? withFlow(name, quiet(lua)) : lua));
  const moveToFinished = scriptOf(commands, "moveToFinished");
  const take = takeScript(moveToFinished);
  defineScripts(commands, { sbTake: { numberOfKeys: 1, lua: take } });
  const scripts = {
    add: addJobScript(scriptOf(commands, "addStandardJob"), scriptOf(commands, "addDelayedJob")),
    finish: finishJobScript(moveToFinished),
    take,
  };
  slimPipelines(commands, (name) => !name.includes(":") || /^add(Standard|Prioritized)Job:/.test(name));

  const backendOf = (target: string): SharedBackend => {
    let backend = backends.get(target);
    if (backend === undefined) {
      const options = { stalledInterval: SWEEP_MS * 0.8, maxStalledCount: 1_000_000, lockDuration: LOCK_MS };
      backend = new SharedBackend(connection, target, options, shared);
      backends.set(target, backend);
    }
    return backend;
  };

  const process = async (job: Job, token?: string): Promise<null> => {
    let next: Next;
    active++;
    try {
      const fresh = job.attemptsStarted <= 1 && (job.data as { again?: true }).again !== true;
      if (fresh) {
        deliveries.begun++;
        deliveries.waitedMs += Math.max(0, clock.now() - job.timestamp);
      }
      const started = job.attemptsStarted;
      next = await perform(job.id as DeliveryId, { enqueuedAt: job.timestamp, fresh, started });
    } catch (error) {
      log.error({ delivery: job.id, error: String(error) }, "delivery.interrupted");
      next = { again: true, dueAt: clock.now() + ODD_ERROR_MS };
    } finally {
      active--;
      deliveries.ended++;
    }
    progressAt = Date.now();
    if (!next.again) return null;
    if (next.others === true) given.set(job.queueName, performance.now() + GIVEN_MS);
    // BullMQ makes a delay of it by this process's clock, and of the delay a time again, by the store's: see the backend.
    await job.moveToDelayed(next.dueAt - offset(), token);
    throw new DelayedError();
  };

  const sweepOf = async (targets: readonly string[]): Promise<void> => {
    for (const target of targets) {
      if (closed) return;
      const moved = (await backendOf(target).moveStalledJobsToWait()) as string[];
      if (moved.length > 0) {
        log.warn({ target, deliveries: moved.length }, "delivery.recovered");
        wakes.wake(target);
      }
    }
  };

  /** All that this process works on, a line each. */
  const everyone = (): string => (lines ??= [...workers.keys()].join("\n"));
  const sweep = async (): Promise<void> => sweepOf(await haveTaken(commands, everyone()));
  const presence = createPresence({ commands, clock, targets: () => workers.keys(), broken: sweepOf, log });

  let overlooked = new Set<string>();

  /** Wakes queues in which something waits although their worker sleeps: its wake was lost with a dead process. */
  const pass = async (): Promise<void> => {
    const asleep = new Set(wakes.names());
    const found = await haveWaiting(commands, everyone(), clock.now());
    const waiting = found.filter(({ target }) => asleep.has(target) && givenMs(target) === 0);
    for (const { target } of waiting) wakes.rouse(target);
    // A worker that sleeps on through one wake is on its way, or kept by its limits; through two it does not work.
    const free = waiting
      .filter(({ target, limited, active }) => !limited && active < intakes.most(target))
      .map(({ target }) => target);
    if (!free.some((target) => overlooked.has(target))) progressAt = Date.now();
    overlooked = new Set(free);
  };

  const stops: (() => Promise<void>)[] = [];
  let listening: Promise<void> | undefined;
  const start = (): void => {
    if (blocking === undefined || listening !== undefined) return;
    stops.push(repeat(SWEEP_MS, log, "sweep", sweep), repeat(PASS_MS, log, "pass", pass), presence.watch());
    blocking.on("ready", () => [...workers.keys()].forEach((target) => wakes.rouse(target)));
    const hear = (heard: string): boolean => {
      const target = heard.startsWith(LOUD) ? heard.slice(LOUD.length) : heard;
      return workers.has(target) && (target === heard ? wakes.wake(target) : wakes.rouse(target));
    };
    listening = listenForReady(blocking, wakes, hear, () => closed, log);
  };

  return {
    get progressAt() {
      return progressAt;
    },

    get active() {
      return active;
    },

    deliveries,

    scripts,

    end: (id, send) => endings.add(id, send),

    isAsleep: (target) => wakes.isAsleep(target),

    wake: (target) => void wakes.wake(target),

    announce(deliveries) {
      const here = new Set<string>();
      const ready = new Set<string>();
      for (const { target } of deliveries) (wakes.isAsleep(target) ? here : ready).add(target);
      return {
        ready: [...ready].flatMap((target) => [0, target]),
        wake: () => here.forEach((target) => wakes.wake(target)),
        takeAhead: (on) => {
          if (!closed)
            for (const target of here) takers.get(target)?.takeAhead(on, `${presence.me}:ahead${ahead++}`);
        },
      };
    },

    enqueue(pipeline, deliveries) {
      if (deliveries.length === 0) return;
      const wrapped = wrapPipeline(pipeline);
      const ready: (string | number)[] = [];
      for (const { id, route, target, priority = 0 } of deliveries) {
        const opts = priority > 0 ? { priority } : {};
        const job = { name: route, data: '{"again":true}', opts, timestamp: clock.now() };
        void backendOf(target)
          .addJobToTransaction(wrapped, job as never, id)
          .catch(() => undefined);
        ready.push(0, target);
      }
      pipeline.zadd(READY_KEY, ...ready);
    },

    rouse: (target) => void wakes.rouse(target),

    work(target, keys) {
      const concurrency = intakes.set(target, keys);
      const known = workers.get(target);
      if (known !== undefined) {
        known.concurrency = concurrency;
        // What kept it may not be asked for any more.
        wakes.rouse(target);
        return;
      }
      const worker = new Worker(
        target,
        process,
        {
          prefix: PREFIX,
          connection: {},
          concurrency,
          drainDelay: 86_400,
          lockDuration: LOCK_MS,
          runRetryDelay: 1_000,
          skipStalledCheck: true,
          maxStalledCount: 1_000_000,
          removeOnComplete: { count: 0 },
          removeOnFail: { count: 0 },
        },
        (name: string, options: object) => {
          const backend = new SharedBackend(connection, name, options, shared);
          takers.set(target, backend);
          return backend;
        },
      );
      Object.assign(worker, { id: presence.me });
      Reflect.set(Reflect.get(worker, "lockManager") as object, "trackedJobs", new Tracked());
      // From then on BullMQ goes by the token that the job has.
      worker.on("active", (job) => {
        const token = takers.get(target)?.tokenOf(job.id!);
        if (token !== undefined) job.token = token;
      });
      worker.on("error", (error) => log.debug({ target, error: error.message }, "queues.worker"));
      workers.set(target, worker);
      lines = undefined;
      // BullMQ's own stream of events has no reader here, and would take 0.6 MB a queue.
      commands.hset(`${PREFIX}:${target}:meta`, "opts.maxLenEvents", 0).catch(() => undefined);
      commands.sadd(TARGETS_KEY, target).catch(() => undefined);
      start();
      wakes.wake(target);
    },

    async has(deliveries) {
      const pipeline = commands.pipeline();
      for (const { id, target } of deliveries) pipeline.exists(`${PREFIX}:${target}:${id}`);
      const replies = (await pipeline.exec()) ?? [];
      return deliveries.map((_, at) => {
        const [error, count] = replies[at] ?? [];
        if (error) throw error;
        return count === 1;
      });
    },

    async remove(delivery) {
      const backend = backendOf(delivery.target);
      const removed = await backend.remove(delivery.id, false);
      return removed !== 0 || (await commands.exists(backend.toKey(delivery.id))) === 0;
    },

    counts: (targets) => countsOf(commands, targets),

    due: (targets, times) => dueUpTo(commands, targets, times),

    queue(target) {
      let queue = shown.get(target);
      if (queue === undefined) {
        queue = new Queue(
          target,
          { prefix: PREFIX, connection: {}, skipMetasUpdate: true },
          (name: string, options: object) => new SharedBackend(connection, name, options, shared),
        );
        queue.on("error", (error) => log.debug({ target, error: error.message }, "queues.shown"));
        shown.set(target, queue);
      }
      return queue;
    },

    known: () => commands.smembers(TARGETS_KEY),

    async close(deadlineMs) {
      closed = true;
      await Promise.all(stops.map((stop) => stop()));
      const closing = Promise.all([...workers.values()].map((worker) => worker.close()));
      let late: NodeJS.Timeout | undefined;
      const idleSince = performance.now();
      const end = idleSince + deadlineMs;
      const deadline = new Promise<"late">((resolve) => {
        const look = (): void => {
          const now = performance.now();
          // With nothing in hand there is only the store to wait for, which may be away.
          if (now >= end || (active === 0 && now - idleSince > LAST_IDLE_MS)) resolve("late");
          else late = setTimeout(look, 100);
        };
        look();
      });
      if ((await Promise.race([closing, deadline])) === "late") {
        log.warn({ seconds: deadlineMs / 1000 }, "queues.closed-late");
        void Promise.all([...workers.values()].map((worker) => worker.close(true))).catch(() => undefined);
      }
      clearTimeout(late);
      for (const target of workers.keys()) wakes.cancel(target);
      wakes.stir();
      blocking?.disconnect();
      // What is asked on a connection that is being made anew is never answered once that is ended.
      let given: NodeJS.Timeout | undefined;
      const enough = new Promise((resolve) => (given = setTimeout(resolve, LAST_WAKE_MS)));
      await Promise.race([listening?.catch(() => undefined), enough]);
      clearTimeout(given);
    },
  };
}

/** BullMQ's view of a pipeline: it names its scripts by `runCommand`. */
function wrapPipeline(pipeline: Pipeline): Parameters<RedisQueueBackend["addJobToTransaction"]>[0] {
  const scripts = pipeline as unknown as Record<string, (args: unknown[]) => unknown>;
  return { runCommand: (name: string, args: unknown[]) => scripts[name]!(args) } as never;
}
