/** Looking at the store for those who ask often and want to be told in time. */

/** A store that hangs answers nothing, not even that it does not answer: whoever scrapes is told in time. */
export function inTime<T>(looking: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The store does not answer in time.")), ms);
    looking.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** One look at a time, and within `ms` of its beginning its result for all; one that failed is no result. */
export function atMost(ms: number, look: () => Promise<void>): () => Promise<void> {
  let begun = -Infinity;
  let running: Promise<void> | undefined;
  return () => {
    const now = performance.now();
    if (running !== undefined && now - begun < ms) return running;
    begun = now;
    const mine = look();
    running = mine;
    mine.catch(() => {
      if (running === mine) running = undefined;
    });
    return mine;
  };
}
