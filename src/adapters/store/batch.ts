/** Group commit: what is asked for in one turn of the event loop goes out in few groups, each item answered on its own. */

/**
 * Sends items in groups of at most `max`, with at most `inFlight` groups under way; no timer, no lingering. So many as `early` go
 * before the turn is over: the store works on them while the turn makes more, instead of each waiting for the other.
 * A group that fails as a whole takes along what waits behind it: it would fail the same way, only later.
 */
export function batched<Item, Result>(
  send: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
  {
    max,
    inFlight,
    early = max,
  }: { readonly max: number; readonly inFlight: number; readonly early?: number },
): (item: Item) => Promise<Result> {
  type Waiting = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void };
  let waiting: Waiting[] = [];
  let scheduled = false;
  let underWay = 0;

  const flush = (): void => {
    while (waiting.length > 0 && underWay < inFlight) {
      const group = waiting.length <= max ? waiting : waiting.slice(0, max);
      waiting = waiting.length <= max ? [] : waiting.slice(max);
      underWay++;
      send(group.map(({ item }) => item))
        .then(
          (results) =>
            group.forEach(({ resolve, reject }, at) => {
              const result = results[at];
              if (result instanceof Error) reject(result);
              else resolve(result as Result);
            }),
          (error: unknown) => {
            const failed = [...group, ...waiting];
            waiting = [];
            failed.forEach(({ reject }) => reject(error));
          },
        )
        .finally(() => {
          underWay--;
          if (waiting.length > 0) schedule();
        });
    }
  };

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flush();
    });
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length >= early && underWay < inFlight) flush();
      else schedule();
    });
}
