/** Records that came along with the deliveries that a worker was given: saves it the way to the store for each. */
import type { DeliveryId } from "../../core/delivery.ts";
import { carrying } from "../queues/queue-scripts.ts";
import { texts } from "./settle-calls.ts";

/** An event's hash's fields m, b and `d:<tag>`, as they are read. */
type Fields = readonly (Buffer | null)[];

/** After so many deliveries of which this process had the events at hand, none are asked for. */
const PATIENCE = 16;
/** It is asked for in the turn in which it came. What is not, since its worker ends, may have changed by the time somebody asks. */
const KEPT_MS = 1_000;
/** And those are few. */
const MOST = 1_000;

/** What was carried, by delivery; and whether it is worth carrying. */
export class Carried {
  readonly #came = new Map<DeliveryId, { readonly fields: Fields; readonly at: number }>();
  #worth = 0;

  /** A delivery's record had to be fetched: those of the next ones are to come along. */
  missed(): void {
    this.#worth = PATIENCE;
  }

  /** It was at hand. */
  spared(): void {
    if (this.#worth > 0) this.#worth -= 1;
  }

  /** True where the text of `finishJob` is to ask for the next one's record. */
  get isWorth(): boolean {
    return this.#worth > 0;
  }

  /** Sends an end that asks for it: `send` is answered in bytes. Returns the reply as texts, as if nothing had come along. */
  async with(finish: string, send: (finish: string) => Promise<unknown>): Promise<unknown> {
    const [done, finished, news] = (await send(carrying(finish))) as [unknown, unknown, unknown];
    if (!Array.isArray(finished)) return texts([done, finished, news]);
    const [job, id, limit, delay, fields] = finished as [
      unknown,
      Buffer,
      unknown,
      unknown,
      Fields | undefined,
    ];
    if (fields !== undefined) {
      if (this.#came.size >= MOST) this.#came.clear();
      this.#came.set(id.toString() as DeliveryId, { fields, at: performance.now() });
    }
    return texts([done, [job, id, limit, delay], news]);
  }

  /** Once only, and at once. */
  take(id: DeliveryId): Fields | undefined {
    const came = this.#came.get(id);
    if (came === undefined) return undefined;
    this.#came.delete(id);
    return performance.now() - came.at < KEPT_MS ? came.fields : undefined;
  }
}
