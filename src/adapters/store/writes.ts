/** What is sent on a connection to the store goes out in few writes: a write costs more than the command in it. */
import type { Writable } from "node:stream";
import type { StoreConnection } from "./redis.ts";

/** A connection as ioredis has it inside: what commands pass through, and what it writes to. */
interface Inside {
  sendCommand: (...args: unknown[]) => unknown;
  readonly stream?: Writable;
}

/** What can be asked of a connection whose writes are gathered. */
export interface Gathered {
  /** Calls a function at the end of the turn, before the write. */
  atEnd(then: () => void): void;
  /** Has all that was sent in this turn go out now. */
  now(): void;
}

/**
 * From now on what is sent on a connection in one turn of the event loop goes out in one write, in its order. A pipeline does
 * the same, and costs more.
 */
export function gatherWrites(connection: StoreConnection): Gathered {
  const inside = connection as unknown as Inside;
  const send = inside.sendCommand.bind(connection);
  let gathering = false;
  /** The one that is held back: it may be another's turn before this one is over. */
  let held: Writable | undefined;
  let ends: (() => void)[] = [];
  const gather = (): void => {
    if (gathering) return;
    gathering = true;
    held = inside.stream;
    held?.cork();
    setImmediate(() => {
      const now = ends;
      ends = [];
      for (const end of now) end();
      gathering = false;
      held?.uncork();
      held = undefined;
    });
  };
  inside.sendCommand = (...args) => {
    gather();
    return send(...args);
  };
  return {
    atEnd(then) {
      ends.push(then);
      gather();
    },
    now() {
      held?.uncork();
      held?.cork();
    },
  };
}

/** Has all that `send` sends on a connection go out in one write, at once. */
export function inOneWrite<Sent>(connection: StoreConnection, send: () => Sent): Sent {
  const { stream } = connection as unknown as Inside;
  stream?.cork();
  try {
    return send();
  } finally {
    stream?.uncork();
  }
}
