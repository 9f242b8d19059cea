/** What is to be ended, the last begun first, all of it within one deadline. */
import type { Log } from "../ports.ts";

/** Time that is left at the end of the deadline to end in good order, ms. */
const RESERVE_MS = 2_000;

/** Ends one thing, within so many ms. */
type Close = (deadlineMs: number) => unknown;

export function createClosing(log: Log): {
  push(...closes: readonly Close[]): void;
  /** Never throws: what cannot be ended is logged. */
  stop(deadlineMs: number): Promise<void>;
} {
  const closing: Close[] = [];
  return {
    push: (...closes) => void closing.push(...closes),
    async stop(deadlineMs) {
      const end = performance.now() + deadlineMs - Math.min(RESERVE_MS, deadlineMs / 2);
      for (const close of closing.reverse()) {
        await Promise.resolve(close(Math.max(200, end - performance.now()))).catch((error: unknown) =>
          log.error({ error: String(error) }, "router.close"),
        );
      }
    },
  };
}
