/** Schedules at work: a timer for each, and what all processes remember of their ticks in the store. */
import { hash, randomUUID } from "node:crypto";
import type { Ticks } from "../pipeline/tick.ts";
import type { Clock, Log } from "../ports.ts";
import type { StoreConnection } from "./redis.ts";

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
  return `sb:tick:${source}:${hash("sha256", schedule).slice(0, 16)}`;
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

/** Runs `turn` now and whenever it says (epoch ms of the store's clock). Returns how to stop, which waits a second for one under way. */
export function keepTicking(
  source: string,
  turn: () => Promise<number>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = turn()
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
