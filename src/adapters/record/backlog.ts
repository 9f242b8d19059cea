/** Whether much is open in the store, of all processes: asked once a second, so that nothing is asked for an event. */
import type { Log } from "../../ports.ts";
import { keys } from "./keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

const ASK_MS = 1_000;
/** From so many open deliveries on, or so many bytes, what comes has to wait, and the store's memory counts for more than the processor's time. */
const LONG = { open: 15_000, bytes: 128 * 1024 * 1024 };
/** While the processor is at its limit its time counts for more, and no more comes in than gets done: up to so many bytes, in a store that uses less of its limit than this. */
const STRAINED = { bytes: 768 * 1024 * 1024, used: 0.5 };

/** What waits: open deliveries, and about what their events take in the store. */
export interface Waiting {
  readonly open: number;
  readonly bytes: number;
}

/** `strained`: the processor is at its limit. `used`: share of its limit that the store uses. */
export function isLong(
  { open, bytes }: Waiting,
  { strained, used }: { readonly strained: boolean; readonly used: number },
): boolean {
  if (strained && used < STRAINED.used) return bytes > STRAINED.bytes;
  return open > LONG.open || bytes > LONG.bytes;
}

export interface Backlog {
  /** True while much waits, as of a second ago. */
  readonly isLong: () => boolean;
  stop(): Promise<void>;
}

/** `strained` and `used` as `isLong` has them. */
export function createBacklog(
  commands: StoreConnection,
  now: { readonly strained: () => boolean; readonly used: () => number },
  log: Log,
): Backlog {
  let waiting: Waiting = { open: 0, bytes: 0 };
  const stop = repeat(ASK_MS, log, "backlog", async () => {
    const [open, events, bytes] = await Promise.all([
      commands.zcard(keys.open),
      commands.zcard(keys.events),
      commands.get(keys.bytes),
    ]);
    waiting = { open, bytes: open * (Number(bytes) / Math.max(1, events)) };
  });
  return { isLong: () => isLong(waiting, { strained: now.strained(), used: now.used() }), stop };
}
