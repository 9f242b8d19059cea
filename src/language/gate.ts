/** One at a time: work in the order it was asked for, with the event loop let in between. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Runs the work when all asked for before is done; yields its result, or rejects with its error. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** ms of work after which timers and sockets get a turn: the work itself may never give them one. */
const TURN_MS = 10;

/** A gate. It holds on to the last promise only, so a long queue leaves nothing behind. */
export function createGate(): Gate {
  let last: Promise<unknown> = Promise.resolve();
  let workedMs = 0;
  return (work) => {
    const turn = last.then(async () => {
      if (workedMs > TURN_MS) {
        await nextTurn();
        workedMs = 0;
      }
      const began = performance.now();
      try {
        return await work();
      } finally {
        workedMs += performance.now() - began;
      }
    });
    last = turn.catch(() => undefined);
    return turn;
  };
}
