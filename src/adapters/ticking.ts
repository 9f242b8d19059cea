/** Schedules at work: a timer for each, and what all processes remember of their ticks in the store. */
import { hash, randomUUID } from "node:crypto";
import type { Ticks } from "../pipeline/tick.ts";
import type { Clock, Log } from "../ports.ts";
import type { StoreConnection } from "./store/redis.ts";

/** Kept beyond the longest time between two ticks of a schedule. */
const KEPT_MS = 400 * 86_400_000;
const TAKEN_MS = 10_000;
/** Timers are no longer than this, so that a clock that is set is followed. */
const LONGEST_MS = 30_000;
const AGAIN_MS = 1_000;
const LAST_MS = 1_000;

/** The key of a schedule; another cron expression is another schedule. */
function keyOf(schedule: string): string {
  const [source = ""] = schedule.split(":", 1);
  return `{sb}:tick:${source}:${hash("sha256", schedule).slice(0, 16)}`;
}

/** Lets go only of what was taken by oneself, and never goes back to an earlier tick. */
const DONE = `
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) > last then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
if redis.call('GET', KEYS[2]) == ARGV[3] then redis.call('DEL', KEYS[2]) end
return 1`;

/** What is remembered, over a connection that waits for the store. */
export function createTicks(commands: StoreConnection): Ticks {
  const me = randomUUID();
  return {
    async since(schedule, now) {
      const before = await commands.set(keyOf(schedule), now, "PX", KEPT_MS, "NX", "GET");
      return before === null ? now : Number(before);
    },
    take: async (schedule) =>
      (await commands.set(`${keyOf(schedule)}:by`, me, "PX", TAKEN_MS, "NX")) === "OK",
    async done(schedule, tick) {
      const key = keyOf(schedule);
      await commands.eval(DONE, 2, key, `${key}:by`, tick, KEPT_MS, me);
    },
  };
}

/** The schedules of a workspace, each with a timer of its own. */
export interface Ticking {
  /** From now on the schedules of these sources tick, and no others; one that is as it was goes on. */
  follow(sources: Iterable<{ readonly name: string; readonly schedule?: { readonly words: string } }>): void;
  /** Waits a second for what is under way. */
  stop(): Promise<void>;
}

/** `turn` deals with a source's ticks that are due, and says when to look again (epoch ms of the store's clock). */
export function createTicking(
  turn: (source: string) => Promise<number>,
  parts: { readonly clock: Clock; readonly log: Log },
): Ticking {
  const known = new Map<string, () => Promise<void>>();
  return {
    follow(sources) {
      const wanted = new Set<string>();
      for (const { name, schedule } of sources) {
        if (schedule === undefined) continue;
        const is = `${name}:${schedule.words}`;
        wanted.add(is);
        if (!known.has(is)) known.set(is, keepTicking(name, turn, parts));
      }
      for (const [is, stop] of known) {
        if (wanted.has(is)) continue;
        known.delete(is);
        void stop();
      }
    },
    async stop() {
      await Promise.all([...known.values()].map((stop) => stop()));
    },
  };
}

/** Runs a source's turn now and whenever it says. Returns how to stop, which waits a second for one under way. */
function keepTicking(
  source: string,
  turn: (source: string) => Promise<number>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = turn(source)
      .catch((error: unknown) => {
        log.warn({ source, error: error instanceof Error ? error.message : String(error) }, "tick.failed");
        return clock.now() + AGAIN_MS;
      })
      .then((next) => {
        if (stopped) return;
        timer = setTimeout(run, Math.min(LONGEST_MS, Math.max(1, Math.ceil(next - clock.now()))));
        timer.unref();
      });
  };
  run();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await Promise.race([running, new Promise((resolve) => setTimeout(resolve, LAST_MS).unref())]);
  };
}
