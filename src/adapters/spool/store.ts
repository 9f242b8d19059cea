/**
 * The record with the spool before it: what the store does not take within three quarters of a second goes to the spool, and
 * while anything waits there, all that comes goes there too: events keep their order and nobody waits for a store that is
 * away. What waits is stored in order, under the same ids, as soon as the store takes it. Fills the port `Store`.
 */
import { setTimeout as pause } from "node:timers/promises";
import { SignalboxError } from "../../core/errors.ts";
import type { EventId } from "../../core/event.ts";
import type { Commit, Committed, Log, Store } from "../../ports.ts";
import type { Spool, Taken } from "./spool.ts";
import type { Waiting } from "./record.ts";

/** The sender is answered within a second: this is the store's part of it. */
const STORE_MS = 750;
/** Between two tries of a store that is away. */
const PROBE_MS = 250;
/** After an error that nobody foresaw, such as a file that changed under us. */
const ODD_ERROR_MS = 5_000;
/** Records that are drained together. */
const TOGETHER = 256;

/** The store with its spool, and how it stands. */
export interface SpooledStore extends Store {
  /** Since when events go to the spool, epoch ms of this process's clock; undefined while the store takes them. */
  readonly since: number | undefined;
  /** Ends the draining; what waits is drained after the next start. */
  stop(): Promise<void>;
}

/** Begins to drain at once, where something waits. */
export function spooled(parts: {
  readonly store: Store;
  readonly spool: Spool;
  /** Resolves once the store is known to be fit for events; until then all goes to the spool. */
  readonly fit: Promise<unknown>;
  /** False while the store's memory is nearly full. */
  readonly hasRoom: () => boolean;
  /** True where the store has an event, hot or sealed. */
  readonly has: (id: EventId) => Promise<boolean>;
  /** Remembers that an event which the sender was told of is another, which the store has. */
  readonly known: (told: EventId, known: EventId) => Promise<unknown>;
  /** What follows from a commit that turns out to be a repetition, only now. */
  readonly repeated: (commit: Commit, committed: Committed) => Promise<unknown>;
  readonly log: Log;
}): SpooledStore {
  const { store, spool, fit, hasRoom, has, known, repeated, log } = parts;
  const ending = new AbortController();
  let isFit = false;
  let draining: Promise<void> | undefined;
  let since: number | undefined;
  /** The last records are on their way to a store that answers: what comes may wait for it instead of waiting behind it. */
  let last: Promise<unknown> | undefined;

  const take = async (
    commits: readonly Commit[],
    direct: () => Promise<readonly Committed[]>,
  ): Promise<readonly Committed[]> => {
    const deadline = performance.now() + STORE_MS;
    if (last !== undefined) await within(STORE_MS, last).catch(() => undefined);
    let why = "the store has just begun to answer";
    let suspect = false;
    if (isFit && spool.pending === 0 && hasRoom()) {
      try {
        return await within(Math.max(1, deadline - performance.now()), direct());
      } catch (error) {
        if (!isAway(error)) throw error;
        why = error.detail;
        suspect = true;
      }
    } else if (!isFit) why = "the store has not been seen yet";
    else if (!hasRoom()) why = "the store's memory is nearly full";
    const added = await spool.add({ commits, suspect });
    begin(why);
    return added;
  };

  const begin = (why: string): void => {
    if (draining !== undefined || spool.pending === 0 || ending.signal.aborted) return;
    since = Date.now();
    log.error({ error: why, fix: "See what /readyz says of the store." }, "spool.begun");
    draining = drain().finally(() => {
      draining = undefined;
      // What came in after the last look.
      begin("an event came while the last one was stored");
    });
  };

  /** Until nothing waits. One record first: only a store that takes it is asked for more, and waited for. */
  const drain = async (): Promise<void> => {
    let events = 0;
    let answers = false;
    /** Records that the store was asked to take, and may have taken. */
    let tried = 0;
    let unanswered = 0;
    await Promise.race([fit, stopped(ending.signal)]);
    isFit = !ending.signal.aborted;
    while (spool.pending > 0 && !ending.signal.aborted) {
      try {
        if (!hasRoom())
          throw new SignalboxError("ACCEPT_STORE_UNAVAILABLE", "The store's memory is nearly full.");
        const taken = await spool.take(answers ? TOGETHER : 1);
        const count = taken.records.reduce((sum, { commits }) => sum + commits.length, 0);
        const storing = storeAll(taken, tried).then(() => taken.done());
        if (answers && count >= spool.pending) last = storing;
        unanswered = taken.records.length;
        await storing;
        unanswered = 0;
        events += count;
        answers = true;
        tried = Math.max(0, tried - taken.records.length);
      } catch (error) {
        answers = false;
        tried = Math.max(tried, unanswered);
        const isKnown = error instanceof SignalboxError;
        if (isKnown) log.debug({ error: error.detail }, "spool.waiting");
        else log.error({ error: String(error) }, "spool.failed");
        const ms = isKnown ? PROBE_MS : ODD_ERROR_MS;
        await pause(ms, undefined, { signal: ending.signal }).catch(() => undefined);
      } finally {
        last = undefined;
      }
    }
    if (spool.pending > 0) return;
    log.info({ events, seconds: Math.round((Date.now() - (since ?? Date.now())) / 1000) }, "spool.drained");
    since = undefined;
  };

  /** Stores records in their order; those of a request together. */
  const storeAll = async ({ records }: Taken, tried: number): Promise<void> => {
    const left = await Promise.all(
      records.map(({ commits, suspect }, at) => (suspect || at < tried ? missing(commits) : commits)),
    );
    let together: Promise<void>[] = [];
    for (const [at, commits] of left.entries()) {
      if (commits.length > 1) await Promise.all(together);
      const storing = storeOne(records[at]!, commits);
      if (commits.length > 1) await storing;
      together = commits.length > 1 ? [] : [...together, storing];
    }
    await Promise.all(together);
  };

  const storeOne = async (record: Waiting, [first, ...others]: readonly Commit[]): Promise<void> => {
    if (first === undefined) return;
    try {
      const committed =
        others.length > 0
          ? await store.commitAll([first, ...others])
          : [
              await store.commit(
                first.event,
                first.deliveries,
                first.quarantined ? "quarantined" : undefined,
              ),
            ];
      await Promise.all(
        [first, ...others].map(async (commit, at) => {
          const one = committed[at];
          if (one?.kind !== "duplicate") return;
          const { id } = commit.event.context;
          if (one.event !== id) await known(id, one.event).catch(unnamed);
          await repeated(commit, one);
        }),
      );
    } catch (error) {
      if (isAway(error) || !(error instanceof SignalboxError)) throw error;
      // The store answers, and will never take this one: it must not keep the others from it.
      await spool.setAside(record);
      const ids = record.commits.map(({ event }) => event.context.id);
      log.error({ events: ids, error: error.detail }, "spool.refused");
    }
  };

  /** Of events that the store may have already, those that it has not. A provider's id is enough for it to know them. */
  const missing = async (commits: readonly Commit[]): Promise<readonly Commit[]> => {
    const there = await Promise.all(
      commits.map(({ event }) => event.dedupeKey === undefined && has(event.context.id)),
    ).catch((cause: unknown) => {
      throw new SignalboxError("ACCEPT_STORE_UNAVAILABLE", "The store did not say what it has.", { cause });
    });
    return commits.filter((_, at) => !there[at]);
  };

  fit.then(
    () => {
      if (spool.pending === 0) isFit = true;
      begin("events of the last run wait");
    },
    () => undefined,
  );
  begin("events of the last run wait");

  return {
    get since() {
      return since;
    },
    commit: async (event, deliveries, state) => {
      const one = { event, deliveries, quarantined: state === "quarantined" };
      const [committed] = await take([one], async () => [await store.commit(event, deliveries, state)]);
      return committed!;
    },
    commitAll: (commits) => take(commits, () => store.commitAll(commits)),
    load: (id, fresh) => store.load(id, fresh),
    settle: (...all) => store.settle(...all),
    batch: (first) => store.batch(first),
    postpone: (...all) => store.postpone(...all),
    async stop() {
      ending.abort();
      await Promise.race([draining, pause(1_000, undefined, { ref: false })]);
    },
  };
}

/** Nobody would find what the sender was told: not to have noted it is not to have taken it. */
function unnamed(cause: unknown): never {
  throw new SignalboxError("ACCEPT_STORE_UNAVAILABLE", "The store did not note an event's other id.", {
    cause,
  });
}

/** What begins the reply of a store that is there and takes nothing now: its memory or disk is full, it is a replica … */
const NOT_NOW =
  /^(OOM|READONLY|MISCONF|LOADING|BUSY|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM|EXECABORT)\b/;

/** True where the store may take the same thing later; false where it has said what is wrong with it. */
export function isAway(error: unknown): error is SignalboxError {
  if (!(error instanceof SignalboxError) || error.code !== "ACCEPT_STORE_UNAVAILABLE") return false;
  const cause = error.cause;
  return !(cause instanceof Error && cause.name === "ReplyError") || NOT_NOW.test(cause.message);
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(
        new SignalboxError("ACCEPT_STORE_UNAVAILABLE", `The store did not answer within ${STORE_MS} ms.`, {
          retryAfterSeconds: 2,
        }),
      );
    const timer = setTimeout(late, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
