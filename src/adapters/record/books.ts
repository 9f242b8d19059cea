/** What the reconciler looks at: the record's open deliveries, and whether their queues know them. */
import type { Delivery, DeliveryId } from "../../core/delivery.ts";
import { eventOf } from "../../core/ids.ts";
import type { Books } from "../../pipeline/reconcile.ts";
import type { Queues } from "../queues/bullmq.ts";
import type { Lines } from "../waiting/lines.ts";
import type { DeliveryMeta } from "./format.ts";
import { keys } from "./keys.ts";
import type { StoreConnection } from "../store/redis.ts";

/** The books over a connection and the queues. */
export function createBooks(
  commands: StoreConnection,
  queues: Pick<Queues, "has" | "enqueue">,
  lines: Pick<Lines, "mend">,
): Books {
  return {
    async openBefore(before, cursor, count) {
      const range = ["-inf", `(${before}`, "BYSCORE", "LIMIT", cursor, count] as const;
      const ids = (await commands.zrange(keys.open, ...range)) as DeliveryId[];
      const pipeline = commands.pipeline();
      for (const id of ids) pipeline.hget(keys.event(id.slice(4, 30)), `d:${id.slice(30)}`);
      const replies = (await pipeline.exec()) ?? [];
      const gone: string[] = [];
      const deliveries = ids.flatMap((id, at): Delivery[] => {
        const [error, text] = replies[at] ?? [];
        if (error) throw error;
        if (!text) gone.push(id);
        if (!text) return [];
        const { r: route, t: target, l } = JSON.parse(text as string) as DeliveryMeta;
        const line = l === undefined ? {} : { line: { id: l, terms: "" } };
        return [{ id, event: eventOf(id), route, target, ...line }];
      });
      if (gone.length > 0) await commands.zrem(keys.open, ...gone);
      return { deliveries, next: ids.length < count ? 0 : cursor + count - gone.length };
    },
    async queued(deliveries) {
      const known = await queues.has(deliveries);
      if (known.every(Boolean)) return known;
      // An end takes a delivery out of its queue and of `open` in one script: what is still open now has been lost, no other.
      const pipeline = commands.pipeline();
      for (const { id } of deliveries) pipeline.zscore(keys.open, id);
      const scores = (await pipeline.exec()) ?? [];
      return known.map((isKnown, at) => isKnown || scores[at]?.[1] === null);
    },
    mend: (deliveries) => lines.mend(deliveries),
    async enqueue(deliveries) {
      const pipeline = commands.pipeline();
      queues.enqueue(pipeline, deliveries);
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
    },
  };
}
