/** A store that did not answer at the start: looked at until it does and is fit. The router serves meanwhile. */
import { setTimeout as pause } from "node:timers/promises";
import { SignalboxError } from "../../core/errors.ts";
import type { Log } from "../../ports.ts";
import { addressOf, type Target } from "./place.ts";
import { lookAtStore, type CheckedStore } from "./checks.ts";

const LOOK_AGAIN_MS = 500;

/** `fit` resolves with what `judge` makes of the store; it never rejects. What keeps it from being fit is logged when it changes. */
export function awaitStore<T>(
  target: Target,
  judge: (checked: CheckedStore) => T,
  log: Log,
): { readonly fit: Promise<T>; stop(): void } {
  const ending = new AbortController();
  const look = async (): Promise<T> => {
    let said = "";
    for (;;) {
      const why = await lookAtStore(target).then(
        (seen) => (typeof seen === "string" ? seen : { fit: judge(seen), describe: seen.describe }),
        (error: unknown) => reasonOf(error),
      );
      if (typeof why !== "string") {
        log.info({ store: why.describe }, "store.found");
        return why.fit;
      }
      if (why !== said) log.error({ store: addressOf(target), error: why }, "store.away");
      said = why;
      await pause(LOOK_AGAIN_MS, undefined, { signal: ending.signal, ref: false });
    }
  };
  const fit = new Promise<T>((resolve) => {
    // Rejects when the router stops, and then nobody waits for it.
    look().then(resolve, () => undefined);
  });
  return { fit, stop: () => ending.abort() };
}

function reasonOf(error: unknown): string {
  return error instanceof SignalboxError ? error.detail : "The store could not be looked at.";
}
