/** Events that this process has just committed, for its own worker. */
import type { Delivery, DeliveryId } from "../core/delivery.ts";
import type { Event } from "../core/event.ts";
import type { Recorded } from "../ports.ts";

/** What this process has just committed: saves its own worker the way to the store and a second parse. */
export class Fresh {
  readonly #known = new Map<DeliveryId, { recorded: Recorded; bytes: number }>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  keep(event: Event, deliveries: readonly Delivery[]): void {
    const bytes = event.body.length * 2 + 1024;
    for (const delivery of deliveries) {
      const { context, contentType, payload } = event;
      const recorded = {
        delivery,
        state: "pending",
        attempts: 0,
        attemptsEver: 0,
        trigger: "initial",
      } as const;
      this.#known.set(delivery.id, { recorded: { ...recorded, context, contentType, payload }, bytes });
      this.#bytes += bytes;
    }
    for (const id of this.#known.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.take(id);
    }
  }

  /** Once only: a second attempt must see what the first one wrote. */
  take(id: DeliveryId): Recorded | undefined {
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    this.#known.delete(id);
    this.#bytes -= known.bytes;
    return known.recorded;
  }
}
