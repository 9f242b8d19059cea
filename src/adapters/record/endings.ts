/** Ends of deliveries on their way: what writes one down waits, within the turn, for what takes the delivery out of its queue. */

/** Sends an end; `finish` is what goes with it, or "". The reply is the record's, or both. */
type Send = (finish: string) => Promise<unknown>;

interface Ending {
  /** Undefined once it is on its way: tables that the map has outgrown point to endings for long. */
  send: Send | undefined;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Ends by the delivery's id. */
export class Endings {
  readonly #waiting = new Map<string, Ending>();

  /** The record's reply, whether or not the queue came for it. */
  add(id: string, send: Send): Promise<unknown> {
    this.#alone(id);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { send, resolve, reject });
      setImmediate(() => this.#alone(id, send));
    });
  }

  /** Sends the end together with what finishes it in the queue, whose reply this is; undefined where no end waits. */
  take(id: string, finish: string): Promise<unknown> | undefined {
    const ending = this.#waiting.get(id);
    const send = ending?.send;
    if (ending === undefined || send === undefined) return undefined;
    this.#drop(id, ending);
    return send(finish).then(
      (reply) => {
        const [settled, finished] = reply as [unknown, unknown];
        ending.resolve(settled);
        return finished;
      },
      (error: unknown) => {
        ending.reject(error);
        throw error;
      },
    );
  }

  #alone(id: string, sent?: Send): void {
    const ending = this.#waiting.get(id);
    const send = ending?.send;
    if (ending === undefined || send === undefined || (sent !== undefined && send !== sent)) return;
    this.#drop(id, ending);
    send("").then(ending.resolve, ending.reject);
  }

  #drop(id: string, ending: Ending): void {
    this.#waiting.delete(id);
    ending.send = undefined;
  }
}
