/** reconcile: what is recorded as open but known to no queue is put back; the record is kept, the queue only its index. */
import type { Delivery } from "../core/delivery.ts";
import type { Log } from "../ports.ts";

/** What the reconciler needs: open deliveries in the record, and the queues. */
export interface Books {
  /** Open deliveries that were due before `before` (epoch ms), from `cursor` on; at most `count`. */
  openBefore(
    before: number,
    cursor: number,
    count: number,
  ): Promise<{ deliveries: readonly Delivery[]; next: number }>;
  /** True for each that its queue knows, or that has come to its end meanwhile. */
  queued(deliveries: readonly Delivery[]): Promise<boolean[]>;
  enqueue(deliveries: readonly Delivery[]): Promise<void>;
  /** Puts those that stand in line at their place, be it the queue, the line or its head; how many were not there. */
  mend(deliveries: readonly Delivery[]): Promise<number>;
}

/** A delivery this long overdue and in no queue has been lost by it. */
const GRACE_MS = 30_000;
const COUNT = 500;

/** One pass over part of the open deliveries; returns where the next pass goes on. */
export async function reconcile(books: Books, cursor: number, now: number, log: Log): Promise<number> {
  const { deliveries, next } = await books.openBefore(now - GRACE_MS, cursor, COUNT);
  if (deliveries.length === 0) return next;
  const alone = deliveries.filter(({ line }) => line === undefined);
  const lined = deliveries.filter(({ line }) => line !== undefined);
  const queued = await books.queued(alone);
  const lost = alone.filter((_, at) => !queued[at]);
  if (lost.length > 0) {
    await books.enqueue(lost);
    log.warn({ deliveries: lost.length, first: lost[0]?.id }, "delivery.reconciled");
  }
  const mended = lined.length === 0 ? 0 : await books.mend(lined);
  if (mended > 0) log.warn({ deliveries: mended, lines: true }, "delivery.reconciled");
  return next;
}
