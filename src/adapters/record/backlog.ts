/** Whether much is open in the store, of all processes: asked once a second, so that nothing is asked for an event. */
import type { Log } from "../../ports.ts";
import { keys } from "./keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

const ASK_MS = 1_000;
/** From so many open deliveries on, or so many bytes, what comes has to wait, and the store's memory counts for more than the processor's time. */
const LONG = 15_000;
const LARGE_BYTES = 128 * 1024 * 1024;

export interface Backlog {
  /** True while much waits, as of a second ago. */
  readonly isLong: () => boolean;
  stop(): Promise<void>;
}

export function createBacklog(commands: StoreConnection, log: Log): Backlog {
  let isLong = false;
  const stop = repeat(ASK_MS, log, "backlog", async () => {
    const [open, events, bytes] = await Promise.all([
      commands.zcard(keys.open),
      commands.zcard(keys.events),
      commands.get(keys.bytes),
    ]);
    isLong = open > LONG || open * (Number(bytes) / Math.max(1, events)) > LARGE_BYTES;
  });
  return { isLong: () => isLong, stop };
}
