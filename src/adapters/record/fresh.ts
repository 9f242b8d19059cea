/** Events that this process has just committed, for its own worker. */
import type { Delivery, DeliveryId } from "../../core/delivery.ts";
import { readBody } from "../../core/body.ts";
import type { Event } from "../../core/event.ts";
import type { Recorded } from "../../ports.ts";
import { BEGINS, recorded } from "./format.ts";

/** What nobody here has asked for by then, another process has taken. */
const KEPT_MS = 20_000;

/** At most so many bytes, and of what the process may use so small a part. */
const MOST_BYTES = 64 * 1024 * 1024;
const SHARE = 1 / 8;

/** Room for what was just committed, in bytes, by what a process may use: its memory (undefined or 0: no limit is known), and its heap. */
export function freshBytes(memory: number | undefined, heap: number): number {
  return Math.floor(Math.min(MOST_BYTES, SHARE * heap, SHARE * (memory || Infinity)));
}

/** What an entry takes beside its body. */
const ENTRY_BYTES = 1_024;

interface Known {
  /** Without its payload where only the bytes are kept; undefined once it was taken. */
  recorded: Recorded | undefined;
  /** The bytes that the payload is read from again; undefined where it is kept as it was read. */
  body: Buffer | undefined;
  readonly bytes: number;
  readonly at: number;
}

/**
 * What this process has just committed: saves its own worker the way to the store, and a second parse while little waits.
 * Where more waits only bytes are kept; where there is no more room, what came first stays, since that is asked for first.
 */
export class Fresh {
  readonly #known = new Map<DeliveryId, Known>();
  readonly #maxBytes: number;
  readonly #readBytes: number;
  #bytes = 0;

  /** `readBytes`: up to which payloads are kept as they were read. */
  constructor(maxBytes: number, readBytes = maxBytes / 4) {
    this.#maxBytes = maxBytes;
    this.#readBytes = readBytes;
  }

  /** `now` in ms, of any clock that only goes forward. */
  keep(
    { context, contentType, payload, body, editedBy }: Event,
    deliveries: readonly Delivery[],
    now: number,
  ): void {
    for (const delivery of deliveries) {
      // What waits for its time is not worth the room.
      if (delivery.due !== undefined) continue;
      const former = this.#known.get(delivery.id);
      if (former !== undefined) this.#drop(delivery.id, former);
      const asRead = this.#bytes + body.length * 2 + ENTRY_BYTES <= this.#readBytes;
      const bytes = body.length * (asRead ? 2 : 1) + ENTRY_BYTES;
      if (this.#bytes + bytes > this.#maxBytes && !this.#makeRoom(now)) return;
      const read = { context, contentType, payload: asRead ? payload : undefined, editedBy };
      const known = recorded(delivery, BEGINS, read);
      this.#known.set(delivery.id, { recorded: known, body: asRead ? undefined : body, bytes, at: now });
      this.#bytes += bytes;
    }
  }

  /** Once only: a second attempt must see what the first one wrote. */
  take(id: DeliveryId): Recorded | undefined {
    const known = this.#known.get(id);
    if (known?.recorded === undefined) return undefined;
    const { recorded: kept, body } = known;
    this.#drop(id, known);
    if (body === undefined) return kept;
    const { delivery, context, contentType, editedBy } = kept;
    const payload = readBody(body, contentType);
    return recorded(delivery, BEGINS, { context, contentType, payload, editedBy });
  }

  /** The store did not take them now. */
  drop(deliveries: readonly Delivery[]): void {
    for (const { id } of deliveries) {
      const known = this.#known.get(id);
      if (known !== undefined) this.#drop(id, known);
    }
  }

  /** Emptied besides: tables that the map has outgrown point to what was in them, and are there until a whole collection of garbage. */
  #drop(id: DeliveryId, known: Known): void {
    this.#known.delete(id);
    this.#bytes -= known.bytes;
    known.recorded = undefined;
    known.body = undefined;
  }

  /** Drops what is old; false where nothing is. */
  #makeRoom(now: number): boolean {
    let dropped = false;
    for (const [id, known] of this.#known) {
      if (known.at > now - KEPT_MS) break;
      this.#drop(id, known);
      dropped = true;
    }
    return dropped;
  }
}
