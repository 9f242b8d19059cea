/**
 * What the store has acknowledged lately, stored again where it comes back without it. Redis that syncs its file every second answers
 * before it writes while such a sync is under way, for two seconds at most: killed in that moment, it forgets what it had said it has. A
 * replica that takes over may be as far behind. `strict` waits for the disk, and needs none of this.
 */
import { setTimeout as pause } from "node:timers/promises";
import { readBody } from "../../core/body.ts";
import { SignalboxError } from "../../core/errors.ts";
import type { EventId } from "../../core/event.ts";
import type { Commit, Committed, Log, Store } from "../../ports.ts";
import { Slabs, type Slab } from "./slabs.ts";
import { isAway } from "./store.ts";

/** Redis puts a write off for two seconds at most; what it has not synced is not much more. Counted back from what it acknowledged last. */
const KEPT_MS = 3_000;
/** That the connection has ended may be noticed so long after it was last heard of; what is older is safe by then. */
const NOTICED_MS = 60_000;
/** Bodies are kept up to so many bytes, the newest: a sync takes milliseconds rather than seconds. */
const MAX_BYTES = 32 * 1024 * 1024;
/** What comes meanwhile waits for what came before it, and goes to the spool after so long. */
const WAIT_MS = 700;
/** So many are asked for, and stored again, at a time. */
const TOGETHER = 64;
/** Between two tries of a store that has come back and does not answer. */
const AGAIN_MS = 250;

interface Kept {
  readonly commit: Commit;
  readonly bytes: number;
  /** Where its body is. */
  readonly slab: Slab | undefined;
  /** ms, of a clock that only goes forward. */
  readonly at: number;
}

/** A connection to the store, as far as its beginnings and ends are told. */
interface Connection {
  on(event: "close" | "ready", listener: () => void): unknown;
}

/** The store, with its last acknowledged events made sure of after each break of the connection that they went over. */
export function rememberingLately(parts: {
  readonly store: Store;
  readonly connection: Connection;
  /** False where what is acknowledged is on a disk, or on a replica. */
  readonly isFast: () => boolean;
  /** True where the store has an event, hot or sealed. */
  readonly has: (id: EventId) => Promise<boolean>;
  /** Remembers that an event which the sender was told of is another, which the store has. */
  readonly known: (told: EventId, known: EventId) => Promise<unknown>;
  readonly log: Log;
}): Store & { stop(): void } {
  const { store, connection, isFast, has, known, log } = parts;
  let lately = new Map<EventId, Kept>();
  let slabs = new Slabs();
  let bytes = 0;
  /** Of the time before the connection broke: in doubt until the store has said that it has them. */
  let doubtful = new Map<EventId, Kept>();
  let making: Promise<void> | undefined;
  let isStopped = false;

  const drop = (id: EventId, kept: Kept): void => {
    lately.delete(id);
    slabs.drop(kept.slab);
    bytes -= kept.bytes;
  };

  const forgetOld = (before: number): void => {
    for (const [id, kept] of lately) {
      if (kept.at > before && bytes <= MAX_BYTES) return;
      drop(id, kept);
    }
  };

  const keep = (commits: readonly Commit[], committed: readonly Committed[]): void => {
    if (!isFast()) return;
    const now = performance.now();
    for (const [nth, commit] of commits.entries()) {
      if (committed[nth]?.kind !== "stored") continue;
      const { event } = commit;
      const { id } = event.context;
      const former = lately.get(id);
      if (former !== undefined) drop(id, former);
      const { bytes: body, slab } = slabs.keep(event.body);
      // The body is enough: its value is the larger part, and can be read again.
      const slim = { ...commit, event: { ...event, body, payload: undefined } };
      const kept = { commit: slim, bytes: body.length + 2_048, slab, at: now };
      lately.set(id, kept);
      bytes += kept.bytes;
    }
    forgetOld(now - KEPT_MS);
  };

  /** Those of some that the store has not; throws while it does not say. */
  const missing = async (some: readonly [EventId, Kept][]): Promise<readonly Commit[]> => {
    const there = await Promise.all(some.map(([id]) => has(id)));
    return some.filter((_, nth) => there[nth] === false).map(([, { commit }]) => commit);
  };

  const storeAgain = async (commit: Commit): Promise<void> => {
    const { event, deliveries, quarantined } = commit;
    const whole = { ...event, payload: readBody(event.body, event.contentType) };
    try {
      const state = quarantined === true ? "quarantined" : undefined;
      const committed = await store.commit(whole, deliveries, state);
      keep([commit], [committed]);
      // Sent once more to another ingest, before this one could remind the store.
      const { id } = event.context;
      if (committed.kind === "duplicate" && committed.event !== id) await known(id, committed.event);
    } catch (error) {
      if (isAway(error) || !(error instanceof SignalboxError)) throw error;
      // It answers, and will not take what it has taken before: nobody could do more.
      log.error({ event: event.context.id, error: error.detail }, "store.forgot");
    }
  };

  const makeSure = async (): Promise<void> => {
    let again = 0;
    while (doubtful.size > 0 && !isStopped) {
      const some = [...doubtful].slice(0, TOGETHER);
      try {
        const gone = await missing(some);
        await Promise.all(gone.map(storeAgain));
        again += gone.length;
        for (const [id] of some) doubtful.delete(id);
      } catch (error) {
        log.debug({ error: String(error) }, "store.doubtful");
        await pause(AGAIN_MS, undefined, { ref: false });
      }
    }
    if (again === 0) return;
    const fix = "Set SIGNALBOX_DURABILITY=strict where a store must not even forget for a moment.";
    log.warn({ events: again, fix }, "store.reminded");
  };

  connection.on("close", () => {
    forgetOld(performance.now() - NOTICED_MS);
    doubtful = new Map([...doubtful, ...lately]);
    lately = new Map();
    // What is in doubt keeps its slabs for itself.
    slabs = new Slabs();
    bytes = 0;
  });
  connection.on("ready", () => {
    if (doubtful.size === 0 || making !== undefined) return;
    making = makeSure().finally(() => (making = undefined));
  });

  /** Nothing overtakes what is stored again. */
  const inTurn = async (): Promise<void> => {
    if (making === undefined) return;
    const late = pause(WAIT_MS, "late", { ref: false });
    if ((await Promise.race([making, late])) !== "late") return;
    throw new SignalboxError("ACCEPT_STORE_UNAVAILABLE", "The store is being reminded of what it had.", {
      retryAfterSeconds: 2,
    });
  };

  return {
    ...store,
    async commit(event, deliveries, state) {
      await inTurn();
      const committed = await store.commit(event, deliveries, state);
      keep([{ event, deliveries, quarantined: state === "quarantined" }], [committed]);
      return committed;
    },
    async commitAll(commits) {
      await inTurn();
      const committed = await store.commitAll(commits);
      keep(commits, committed);
      return committed;
    },
    stop() {
      isStopped = true;
    },
  };
}
