/** Every process writes every 5 s how it is; one that was not heard of for 20 s is gone. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock, Log } from "../../ports.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

/** Hash of processes: id → JSON of a Beat. */
const WORKERS_KEY = "{sb}:workers";
const BEAT_MS = 5_000;
const GONE_MS = 20_000;
/** How finely the event loop's delay is looked at; what it adds by itself is taken off. */
const RESOLUTION_MS = 20;

/** A process of the router as it last reported; times are ISO 8601. */
export interface Beat {
  readonly id: string;
  readonly role: "all" | "ingest" | "worker";
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly progressAt: string;
  /** Of the rules that it runs. */
  readonly revision: string;
  /** The worst hundredth of the last 5 s. */
  readonly loopLagMs: number;
  readonly memoryBytes: number;
  /** Attempts under way. */
  readonly active: number;
}

export interface Heartbeat {
  /** Names this process, for leases too. */
  readonly id: string;
  /** All processes that were heard of in the last 20 s, this one as it is now. */
  read(): Promise<Beat[]>;
  /** Beats at once, since what it says has changed. Never throws, never waits. */
  beat(): void;
  /** Says goodbye. */
  stop(): Promise<void>;
}

/** Begins to beat. `now` says what changes. */
export function createHeartbeat(parts: {
  readonly commands: StoreConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly role: Beat["role"];
  readonly state: () => { readonly progressAt: number; readonly active: number; readonly revision: string };
}): Heartbeat {
  const { commands, clock, log, role, state } = parts;
  const id = `prc_${randomBytes(8).toString("hex")}`;
  const startedAt = isoOf(clock.now());
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let lag = 0;
  const beat = (): Beat => {
    const { progressAt, active, revision } = state();
    return {
      id,
      role,
      host: hostname(),
      pid: process.pid,
      startedAt,
      seenAt: isoOf(clock.now()),
      progressAt: isoOf(progressAt + clock.now() - Date.now()),
      revision,
      loopLagMs: lag,
      memoryBytes: process.memoryUsage.rss(),
      active,
    };
  };
  const tell = (): Promise<unknown> => commands.hset(WORKERS_KEY, id, JSON.stringify(beat()));
  const stop = repeat(BEAT_MS, log, "heartbeat", async () => {
    if (delay.count > 0) lag = Math.max(0, Math.round(delay.percentile(99) / 1e5) / 10 - RESOLUTION_MS);
    delay.reset();
    await tell();
  });
  return {
    id,
    async read() {
      const beats = Object.values(await commands.hgetall(WORKERS_KEY)).map(
        (text) => JSON.parse(text) as Beat,
      );
      const now = clock.now();
      const gone = beats.filter(({ seenAt }) => now - Date.parse(seenAt) > GONE_MS);
      if (gone.length > 0) await commands.hdel(WORKERS_KEY, ...gone.map((one) => one.id));
      return beats
        .filter((one) => !gone.includes(one) && one.id !== id)
        .concat(beat())
        .sort((a, b) => a.startedAt.localeCompare(b.startedAt) || a.id.localeCompare(b.id));
    },
    beat: () =>
      void tell().catch((error: unknown) => log.debug({ error: String(error) }, "heartbeat.untold")),
    async stop() {
      delay.disable();
      await stop();
      const left = commands.hdel(WORKERS_KEY, id).catch(() => 0);
      await Promise.race([left, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
    },
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
