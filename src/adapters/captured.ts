/** Secrets that providers handed over in a handshake: encrypted in the store, one a source, never replaced. Fills the port `Captured`. */
import { SignalboxError } from "../core/errors.ts";
import type { Captured } from "../ports.ts";
import type { StoreConnection } from "./store/redis.ts";
import type { Sealer } from "./secret-key.ts";

const KEY = "{sb}:captured";
/** How long a process trusts that there is none: another may have taken one meanwhile. */
const LOOK_AGAIN_MS = 2_000;

/**
 * Reads what other processes have kept too. `forget` makes the source pending again. Throws ACCEPT_STORE_UNAVAILABLE while the
 * store does not answer and the secret is not known here: who sends cannot be verified by then.
 */
export function createCaptured(
  store: StoreConnection,
  sealer: Sealer,
): Captured & { forget(source: string): Promise<boolean> } {
  const known = new Map<string, { readonly secrets: readonly string[]; readonly at: number }>();
  const remember = (source: string, secrets: readonly string[]): readonly string[] => {
    known.set(source, { secrets, at: performance.now() });
    return secrets;
  };
  return {
    async of(source) {
      const entry = known.get(source);
      if (entry !== undefined && (entry.secrets.length > 0 || performance.now() - entry.at < LOOK_AGAIN_MS))
        return entry.secrets;
      const sealed = await store.hget(KEY, source).catch(unavailable);
      return remember(source, sealed === null ? [] : [await sealer.unseal(sealed, purpose(source))]);
    },
    async keep(source, secret) {
      const sealed = await sealer.seal(secret, purpose(source));
      const taken = (await store.hsetnx(KEY, source, sealed).catch(unavailable)) === 1;
      if (taken) remember(source, [secret]);
      else known.delete(source);
      return taken;
    },
    async forget(source) {
      known.delete(source);
      return (await store.hdel(KEY, source)) === 1;
    },
  };
}

function unavailable(cause: unknown): never {
  throw new SignalboxError(
    "ACCEPT_STORE_UNAVAILABLE",
    "The store, which has the source's secret, does not answer.",
    {
      cause,
      retryAfterSeconds: 5,
    },
  );
}

function purpose(source: string): string {
  return `captured ${source}`;
}
