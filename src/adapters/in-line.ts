/** Tasks that stand in line: each begins when the one before it has ended, well or not. */

/** A line of its own; what it returns takes a task and settles as the task does. */
export function inLine(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task);
    last = mine.catch(() => undefined);
    return mine;
  };
}
