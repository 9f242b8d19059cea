/** Events that this process has just committed, for its own worker. */
import type { Delivery, DeliveryId } from "../../core/delivery.ts";
import type { Event } from "../../core/event.ts";
import type { Recorded } from "../../ports.ts";

/** What nobody here has asked for by then, another process has taken. */
const KEPT_MS = 20_000;

interface Known {
  readonly recorded: Recorded;
  readonly bytes: number;
  readonly at: number;
}

/**
 * What this process has just committed: saves its own worker the way to the store and a second parse. Where there is no more
 * room, what came first stays, since that is asked for first.
 */
export class Fresh {
  readonly #known = new Map<DeliveryId, Known>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** `now` in ms, of any clock that only goes forward. */
  keep(
    { context, contentType, payload, body, editedBy }: Event,
    deliveries: readonly Delivery[],
    now: number,
  ): void {
    const bytes = body.length * 2 + 1024;
    for (const delivery of deliveries) {
      // What waits for its time is not worth the room.
      if (delivery.due !== undefined) continue;
      if (this.#bytes + bytes > this.#maxBytes && !this.#makeRoom(now)) return;
      const recorded: Recorded = {
        ...{ delivery, state: "pending", attempts: 0, attemptsEver: 0, trigger: "initial" },
        ...{ context, contentType, payload },
        ...(editedBy !== undefined && { editedBy }),
      };
      this.#known.set(delivery.id, { recorded, bytes, at: now });
      this.#bytes += bytes;
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

  /** Drops what is old; false where nothing is. */
  #makeRoom(now: number): boolean {
    let dropped = false;
    for (const [id, { at }] of this.#known) {
      if (at > now - KEPT_MS) break;
      this.take(id);
      dropped = true;
    }
    return dropped;
  }
}
