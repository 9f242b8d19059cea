/** Which queues have work: the `ready` zset that wakes this process, and the lengths of BullMQ's lists. */
import type { Log } from "../ports.ts";
import type { StoreConnection } from "./redis.ts";

/** Prefix of BullMQ's keys: `sb:q:<target>:wait`. */
export const PREFIX = "sb:q";
/** Zset of targets that were given work; whoever pops one wakes its worker. */
export const READY_KEY = "sb:ready";
/** Set of all targets that ever had a worker. */
export const TARGETS_KEY = "sb:targets";

/** Deliveries of a target by where they are. */
export interface Counts {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
}

/** Longest blocking read in s; below the silence after which the connection counts as dead. */
const BLOCK_SECONDS = 5;
const PAUSE_MS = 200;

/** Hears of every target that is given work, until closed; goes on after an outage. */
export async function listenForReady(
  blocking: StoreConnection,
  hear: (target: string) => void,
  isClosed: () => boolean,
  log: Log,
): Promise<void> {
  while (!isClosed()) {
    try {
      const popped = await blocking.bzmpop(BLOCK_SECONDS, 1, READY_KEY, "MIN", "COUNT", 64);
      for (const [target] of (popped as [string, string[][]] | null)?.[1] ?? []) hear(target!);
    } catch (error) {
      if (isClosed()) return;
      log.debug({ error: String(error) }, "queues.listen");
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  }
}

/** Those of the targets in whose queue something waits now. */
export async function haveWaiting(commands: StoreConnection, targets: readonly string[]): Promise<string[]> {
  const pipeline = commands.pipeline();
  for (const target of targets) pipeline.llen(`${PREFIX}:${target}:wait`);
  const lengths = (await pipeline.exec()) ?? [];
  return targets.filter((_, at) => Number(lengths[at]?.[1] ?? 0) > 0);
}

/** Counts by target. */
export async function countsOf(
  commands: StoreConnection,
  targets: readonly string[],
): Promise<Map<string, Counts>> {
  const pipeline = commands.pipeline();
  for (const target of targets) {
    const key = `${PREFIX}:${target}`;
    pipeline.llen(`${key}:wait`).zcard(`${key}:delayed`).llen(`${key}:active`);
  }
  const replies = (await pipeline.exec()) ?? [];
  const number = (at: number): number => Number(replies[at]?.[1] ?? 0);
  const counts = targets.map((target, at): [string, Counts] => [
    target,
    { waiting: number(at * 3), delayed: number(at * 3 + 1), active: number(at * 3 + 2) },
  ]);
  return new Map(counts);
}
