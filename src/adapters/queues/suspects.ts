/**
 * Deliveries that may have killed workers: what dies over them is counted in the store, since who counts may die of it.
 * Fills the port `Suspects`.
 */
import type { DeliveryId } from "../../core/delivery.ts";
import type { Log, Suspects } from "../../ports.ts";
import { inLine } from "../in-line.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

/** Different deliveries by which a rule's version is quarantined, and for how long each counts. */
const EVENTS = 3;
const COUNTED_SECONDS = 86_400;
/** Another process has quarantined a rule: known here by then. */
const LOOK_MS = 5_000;
/** Longest wait, at the end, for the store to hear that the one in hand is let go. */
const LAST_MS = 500;

export function createSuspects(commands: StoreConnection, log: Log): Suspects & { stop(): Promise<void> } {
  const line = inLine();
  let quarantined = new Set<string>();
  let inHand: DeliveryId | undefined;
  const stop = repeat(LOOK_MS, log, "suspects", async () => {
    quarantined = new Set(await commands.smembers(keys.quarantined));
  });
  return {
    isQuarantined: (rule) => quarantined.size > 0 && quarantined.has(rule),

    alone: (id, attempt) =>
      line(async () => {
        // Before it is counted: what takes it back at the end goes the same way, behind it.
        inHand = id;
        try {
          const begun = await commands.hincrby(keys.suspects, id, 1);
          await commands.expire(keys.suspects, COUNTED_SECONDS);
          return await attempt(begun - 1);
        } finally {
          inHand = undefined;
          commands.hdel(keys.suspects, id).catch(() => undefined);
        }
      }),

    async blame(rule, id) {
      const key = keys.blamed(rule);
      const [, count] = (await commands
        .multi()
        .sadd(key, id)
        .scard(key)
        .expire(key, COUNTED_SECONDS)
        .exec()) ?? [
        [null, 0],
        [null, 0],
      ];
      if (Number(count?.[1]) < EVENTS || quarantined.has(rule)) return false;
      quarantined.add(rule);
      await commands.multi().sadd(keys.quarantined, rule).expire(keys.quarantined, COUNTED_SECONDS).exec();
      return true;
    },

    async stop() {
      await stop();
      // It is not the delivery by which this process ends.
      if (inHand === undefined) return;
      const told = commands.hincrby(keys.suspects, inHand, -1).catch(() => 0);
      await Promise.race([told, new Promise((resolve) => setTimeout(resolve, LAST_MS).unref())]);
    },
  };
}
