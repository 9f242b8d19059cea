/** Refused requests: counted by source and cause, the latest kept to look at. Fills the port `Refusals`. */
import type { Refusal, Refusals } from "../ports.ts";
import { keys } from "./record-scripts.ts";
import type { StoreConnection } from "./redis.ts";

const KEPT = 200;
/** More than so many that wait for the store are not kept: a flood must not fill the memory. */
const WAITING = 10_000;
/** So many of one flush are told to those who follow: more would be skipped there. */
const TOLD = 20;

/** Notes refused requests; at most so many are under way, the rest are counted in this process and caught up. */
export function createRefusals(commands: StoreConnection): Refusals {
  let waiting: Refusal[] = [];
  let busy = false;
  const flush = (): void => {
    if (busy || waiting.length === 0) return;
    busy = true;
    const group = waiting;
    waiting = [];
    const pipeline = commands.pipeline();
    for (const { source, code } of group) pipeline.hincrby(keys.refused, `${source}|${code}`, 1);
    pipeline.lpush(keys.refusals, ...group.slice(-KEPT).map((refusal) => JSON.stringify(refusal)));
    pipeline.ltrim(keys.refusals, 0, KEPT - 1);
    for (const { source, code, at } of group.slice(-TOLD)) {
      const news = { kind: "refused", source, code, at: new Date(at).toISOString() };
      pipeline.publish(keys.tail, JSON.stringify(news));
    }
    pipeline
      .exec()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
        flush();
      });
  };
  return {
    note(refusal) {
      if (waiting.length < WAITING) waiting.push(refusal);
      setImmediate(flush);
    },
  };
}

/** What was refused: counts by source and code, and the latest, newest first. */
export async function readRefusals(commands: StoreConnection): Promise<{
  counts: { source: string; code: string; count: number }[];
  latest: Refusal[];
}> {
  const [counts, latest] = await Promise.all([
    commands.hgetall(keys.refused),
    commands.lrange(keys.refusals, 0, KEPT),
  ]);
  return {
    counts: Object.entries(counts).map(([name, count]) => {
      const [source = "", code = ""] = name.split("|");
      return { source, code, count: Number(count) };
    }),
    latest: latest.map((text) => JSON.parse(text) as Refusal),
  };
}
