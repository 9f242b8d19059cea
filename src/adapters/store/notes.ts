/** Notes for the store that nobody waits for: those of a turn go together, one group at a time, and a flood of them is cut off. */
import type { Pipeline, StoreConnection } from "./redis.ts";

/** `add` puts a group into a pipeline; more than `most` that wait for the store are not kept: a flood must not fill the memory. */
export function createNotes<T>(
  commands: StoreConnection,
  most: number,
  add: (pipeline: Pipeline, group: readonly T[]) => void,
): (one: T) => void {
  let waiting: T[] = [];
  let busy = false;
  const flush = (): void => {
    if (busy || waiting.length === 0) return;
    busy = true;
    const group = waiting;
    waiting = [];
    const pipeline = commands.pipeline();
    add(pipeline, group);
    pipeline
      .exec()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
        flush();
      });
  };
  return (one) => {
    if (waiting.length < most) waiting.push(one);
    setImmediate(flush);
  };
}
