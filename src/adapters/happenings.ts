/** What the router itself did or found, told to whoever follows. */
import type { Happening, Log } from "../ports.ts";
import { keys } from "./record/keys.ts";
import type { StoreConnection } from "./store/redis.ts";

/** Tells; never throws, never waits. */
export function createHappenings(commands: StoreConnection, log: Log): (one: Happening) => void {
  return ({ type, subject, data }) => {
    commands
      .publish(keys.tail, JSON.stringify({ kind: "happening", type, subject, data }))
      .catch((error: unknown) => log.debug({ type, subject, error: String(error) }, "happening.untold"));
  };
}
