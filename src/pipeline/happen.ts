/** happen: what the router did by itself becomes an event of the source `signalbox`, where a route takes it. */
import { OWN_SOURCE } from "../core/happening.ts";
import { eventId } from "../core/ids.ts";
import type { Happening, Ports } from "../ports.ts";
import type { Workspace } from "../rules/workspace.ts";
import { ownCommit } from "./chain.ts";

/** Tries to store one while the store is away, and how many wait for it at most: nobody waits for them. */
const TRIES = 20;
const WAIT_MS = 1_000;
const MOST_WAITING = 1_000;

/** The port: never throws, never waits. Where no route takes it, a line in the log is all. */
export function happening(
  workspace: () => Workspace,
  ports: Pick<Ports, "store" | "clock" | "random" | "tally" | "log">,
): (one: Happening) => void {
  const { clock, random, log } = ports;
  let waiting = 0;

  const store = async ({ type, subject, data, once }: Happening): Promise<void> => {
    const takers = workspace().takersOf({ type });
    if (takers.length === 0) return;
    const at = once?.at ?? clock.now();
    const is = once?.is ?? eventId(at, random.bytes(10));
    const own = { type, subject, at, once: is, hops: 1, trail: [], data };
    const { event, deliveries } = await ownCommit(own, takers, ports);
    for (let tries = 1; ; tries++) {
      try {
        const { kind } = await ports.store.commit(event, deliveries);
        if (kind === "stored") ports.tally.request(OWN_SOURCE, "accepted");
        return;
      } catch (error) {
        if (tries >= TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS).unref());
      }
    }
  };

  return (one) => {
    const { type, subject } = one;
    log.info({ type, subject }, "router.happened");
    if (waiting >= MOST_WAITING) return log.warn({ type, subject }, "router.untold");
    waiting++;
    store(one)
      .catch((error: unknown) => log.error({ type, subject, error: String(error) }, "router.untold"))
      .finally(() => waiting--);
  };
}
