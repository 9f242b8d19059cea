/**
 * What deliveries have counted of their rules, for all processes: each keeps its own counts whole, so that keeping them twice
 * counts nothing twice. They go a week after the last of them.
 */
import { randomBytes } from "node:crypto";
import type { LiveCounts } from "../../rules/live-coverage.ts";
import type { Log } from "../../ports.ts";
import { keys } from "../record/keys.ts";
import type { StoreConnection } from "../store/redis.ts";
import { repeat } from "../repeat.ts";

const KEPT_SECONDS = 604_800;
const KEEP_MS = 10_000;

/** Keeps what `news` tells, every ten seconds. Returns how to stop, which keeps the last. */
export function keepLiveCounts(
  commands: StoreConnection,
  log: Log,
  news: () => ReadonlyMap<string, LiveCounts>,
): () => Promise<void> {
  const own = randomBytes(6).toString("hex");
  const keep = async (): Promise<void> => {
    for (const [version, counts] of news()) {
      const key = keys.coverage(version);
      await commands.multi().hset(key, own, JSON.stringify(counts)).expire(key, KEPT_SECONDS).exec();
    }
  };
  const stop = repeat(KEEP_MS, log, "coverage", keep);
  return async () => {
    await stop();
    await keep().catch((error: unknown) =>
      log.debug({ task: "coverage", error: String(error) }, "task.failed"),
    );
  };
}

/** What each process has counted of a version. */
export async function readLiveCounts(
  commands: StoreConnection,
  version: string,
): Promise<readonly LiveCounts[]> {
  return (await commands.hvals(keys.coverage(version))).map((text) => JSON.parse(text) as LiveCounts);
}
