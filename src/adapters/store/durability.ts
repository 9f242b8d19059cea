/** By what an event is safe before its sender is answered: nothing more than the store's word, or a disk, or a replica. */
import { SignalboxError } from "../../core/errors.ts";
import type { StoreConnection } from "./redis.ts";

/** `fsync`: the store answers only after its disk has it; `waitaof`: it is asked whether it has; `replica`: a second store has it. */
export type Confirmation = "fsync" | "waitaof" | "replica";

/** How accepted events are kept, as the operator chose. */
export type Durability = { readonly mode: "fast" } | { readonly mode: "strict"; readonly by: Confirmation };

/** What a store can do, as far as it says. */
export interface Ability {
  /** Where it is, for people. */
  readonly at: string;
  readonly appendOnly: boolean;
  /** The setting of that name; undefined where the store does not tell. */
  readonly appendfsync: string | undefined;
  /** Major and minor version of Redis, or of the Redis that it is like. */
  readonly version: readonly [number, number];
  readonly replicas: number;
}

/** The store's part of the second within which a sender is answered, ms. */
const CONFIRM_MS = 700;

/** The way that costs least. Throws SETTING_STORE_UNSUITED where there is none. */
export function strictBy({ at, appendOnly, appendfsync, version, replicas }: Ability): Confirmation {
  if (appendOnly && appendfsync === "always") return "fsync";
  const [major, minor] = version;
  if (appendOnly && (major > 7 || (major === 7 && minor >= 2))) return "waitaof";
  if (replicas > 0) return "replica";
  throw new SignalboxError(
    "SETTING_STORE_UNSUITED",
    `SIGNALBOX_DURABILITY is strict, and the store at ${at} can confirm neither a disk nor a replica: ` +
      `${appendOnly ? "its append-only file is not synced at every write" : "it keeps no append-only file"}, it is older than 7.2 ` +
      "(WAITAOF), and no replica is connected. Run `redis-cli CONFIG SET appendonly yes` and `CONFIG SET appendfsync always`, " +
      "connect a replica, or choose fast.",
  );
}

/**
 * Resolves once all that was sent on the connection before is as safe as asked; throws an Error that says what it is not. Not for what
 * is in a transaction: there the store does not wait.
 */
export async function confirmed(
  connection: Pick<StoreConnection, "wait" | "call">,
  durability: Durability,
): Promise<void> {
  if (durability.mode === "fast" || durability.by === "fsync") return;
  const reply =
    durability.by === "replica"
      ? await connection.wait(1, CONFIRM_MS)
      : await connection.call("WAITAOF", 1, 0, CONFIRM_MS);
  if (Number(Array.isArray(reply) ? reply[0] : reply) >= 1) return;
  const what = durability.by === "replica" ? "no replica has it" : "the disk does not have it";
  throw new Error(`${what} after ${CONFIRM_MS} ms`);
}

/** For people: a sentence. */
export function durabilitySentence(durability: Durability): string {
  if (durability.mode === "fast")
    return "fast: answered once the store has the event; a power cut at the store can take the last one or two seconds";
  const by = {
    fsync: "the store's disk has the event (appendfsync always)",
    waitaof: "the store's disk has the event (WAITAOF)",
    replica: "a replica of the store has the event (WAIT)",
  };
  return `strict: answered once ${by[durability.by]}, or this machine's spool has`;
}
