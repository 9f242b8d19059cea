/**
 * Secrets that sources had before, so that a request which is still signed with one can be told from a forged one. They are
 * never accepted. Encrypted in the store, at most 4 a source, for 30 days. Fills the port `FormerSecrets`.
 */
import type { FormerSecret, FormerSecrets, Clock, Log } from "../ports.ts";
import type { StoreConnection } from "./store/redis.ts";
import type { Sealer } from "./secret-key.ts";

const KEY = "{sb}:secrets";
const MOST = 4;
const KEPT_MS = 30 * 86_400_000;

/** What is kept of a source. */
interface Kept {
  readonly present: readonly string[];
  readonly former: readonly FormerSecret[];
}

/** A source as far as it is looked at here. */
interface WithSecrets {
  readonly name: string;
  readonly file: { readonly secrets?: readonly string[] };
}

/** `remember` is called with all sources whenever they have been read. */
export function createFormerSecrets(
  store: StoreConnection,
  sealer: Sealer,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): FormerSecrets & { remember(sources: Iterable<WithSecrets>): Promise<void> } {
  const read = async (source: string): Promise<Kept> => {
    const sealed = await store.hget(KEY, source);
    if (sealed === null) return { present: [], former: [] };
    const { present, former } = JSON.parse(await sealer.unseal(sealed, purpose(source))) as Kept;
    const earliest = clock.now() - KEPT_MS;
    return { present, former: former.filter(({ until }) => until > earliest) };
  };
  const rememberOne = async ({ name, file }: WithSecrets): Promise<void> => {
    try {
      const changed = after(await read(name), file.secrets ?? [], clock.now());
      if (changed !== undefined)
        await store.hset(KEY, name, await sealer.seal(JSON.stringify(changed), purpose(name)));
    } catch (error) {
      // Another key, or none can be made: only the diagnosis is poorer for it.
      log.warn({ source: name, error: String(error) }, "former-secrets.failed");
    }
  };
  return {
    async of(source) {
      try {
        return (await read(source)).former;
      } catch {
        return [];
      }
    },
    async remember(sources) {
      await Promise.all([...sources].map(rememberOne));
    },
  };
}

/** What is to be kept from now on; undefined where that is what is kept. */
function after({ present, former }: Kept, secrets: readonly string[], now: number): Kept | undefined {
  const isSame = secrets.length === present.length && secrets.every((secret) => present.includes(secret));
  if (isSame) return undefined;
  const replaced = present.map((secret) => ({ secret, until: now }));
  const all = [...replaced, ...former].filter(({ secret }) => !secrets.includes(secret));
  const once = all.filter(({ secret }, at) => all.findIndex((other) => other.secret === secret) === at);
  return { present: secrets, former: once.slice(0, MOST) };
}

function purpose(source: string): string {
  return `secrets ${source}`;
}
