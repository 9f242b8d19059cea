/** How many deliveries are open in the store, of all processes: asked once a second, so that nothing is asked for an event. */
import type { Log } from "../ports.ts";
import { keys } from "./record-keys.ts";
import type { StoreConnection } from "./redis.ts";
import { repeat } from "./repeat.ts";

const ASK_MS = 1_000;
/** From so many on, what comes has to wait, and the store's memory counts for more than the processor's time. */
const LONG = 2_000;

export interface Backlog {
  /** True while many deliveries wait, as of a second ago. */
  readonly isLong: () => boolean;
  stop(): Promise<void>;
}

export function createBacklog(commands: StoreConnection, log: Log): Backlog {
  let open = 0;
  const stop = repeat(ASK_MS, log, "backlog", async () => {
    open = await commands.zcard(keys.open);
  });
  return { isLong: () => open > LONG, stop };
}
