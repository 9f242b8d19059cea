/** Queues as worker processes have them, several over one store, without routers around them. */
import { createQueues, type Perform, type Queues } from "../../src/adapters/queues/bullmq.ts";
import { connectBlocking, connectWorker, type StoreConnection } from "../../src/adapters/store/redis.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { deliveryId, eventId } from "../../src/core/ids.ts";
import { aLog } from "./log.ts";

export interface QueueProcess {
  readonly queues: Queues;
  readonly commands: StoreConnection;
  /** Puts so many deliveries for a target into its queue; `priority` as of a replay. */
  enqueue(target: string, count: number, priority?: number): Promise<string[]>;
  close(): Promise<void>;
}

let nth = 0;

/** A process that performs attempts as the test says. */
export function aQueueProcess(at: string | { readonly path: string }, perform: Perform): QueueProcess {
  const log = aLog();
  const store = typeof at === "string" ? { url: at } : at;
  const commands = connectWorker(store, log);
  const blocking = connectBlocking(store, log);
  const queues = createQueues({ commands, blocking, clock: Date, log, perform });
  return {
    queues,
    commands,
    async enqueue(target, count, priority) {
      const deliveries = Array.from({ length: count }, (): Delivery => {
        const event = eventId(Date.now(), Buffer.from(String(++nth).padStart(10)));
        const id = deliveryId(event, "all");
        return { id, event, route: "all", target, ...(priority !== undefined && { priority }) };
      });
      const pipeline = commands.pipeline();
      queues.enqueue(pipeline, deliveries);
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
      return deliveries.map(({ id }) => id);
    },
    async close() {
      await queues.close(1_000);
      commands.disconnect();
    },
  };
}

/** The most of the times (ms) that lie within any stretch of `ms`. */
export function mostWithin(times: readonly number[], ms: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while (sorted[last]! - sorted[first]! >= ms) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
