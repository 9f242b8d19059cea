/** Ends of deliveries on their way to the store: those of one turn of the event loop are few calls of the record's script. */
import type { StoreConnection } from "../store/redis.ts";
import type { Gathered } from "../store/writes.ts";
import { scriptArguments } from "./commit-call.ts";

/** Ends in one call, which serves nobody else meanwhile. */
const MAX_IN_CALL = 64;
/** So many go before the turn is over: the store works on them, and hands out the next deliveries, while the turn goes on. */
const EARLY = 3;

/** The event and the ledger, and what the script takes of it. */
interface Call {
  readonly names: readonly string[];
  readonly args: readonly string[];
}

interface Waiting {
  readonly call: Call;
  readonly inBytes: boolean;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Each is answered as if it were alone, with [1 or 0, the queue's reply, what is new of the target], or fails alone. */
export class SettleCalls {
  readonly #commands: StoreConnection;
  readonly #writes: Gathered;
  #waiting: Waiting[] = [];

  constructor(commands: StoreConnection, writes: Gathered) {
    this.#commands = commands;
    this.#writes = writes;
  }

  /** Before whatever is sent on the connection next. */
  async now(call: Call): Promise<unknown> {
    const [reply] = (await this.#commands.sbSettle(...scriptArguments([call]))) as unknown[];
    return reply;
  }

  /** With the others of this turn; answered in bytes where asked. */
  soon(call: Call, inBytes: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const count = this.#waiting.push({ call, inBytes, resolve, reject });
      if (count === 1) this.#writes.atEnd(() => this.#send());
      if (count < EARLY) return;
      this.#send();
      this.#writes.now();
    });
  }

  #send(): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < all.length; at += MAX_IN_CALL) {
      const some = all.slice(at, at + MAX_IN_CALL);
      const inBytes = some.some((one) => one.inBytes);
      const args = scriptArguments(some.map(({ call }) => call));
      const sent = inBytes ? this.#commands.sbSettleBuffer(...args) : this.#commands.sbSettle(...args);
      sent.then(
        (replies) => {
          for (const [nth, one] of some.entries()) {
            const reply = (replies as readonly unknown[])[nth];
            if (reply instanceof Error) one.reject(reply);
            else one.resolve(inBytes && !one.inBytes ? texts(reply) : reply);
          }
        },
        (error: unknown) => {
          for (const { reject } of some) reject(error);
        },
      );
    }
  }
}

/** A reply with texts instead of bytes. */
export function texts(reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString();
  return Array.isArray(reply) ? reply.map(texts) : reply;
}
