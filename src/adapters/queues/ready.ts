/** Which queues have work: the `ready` zset that wakes this process, and the lengths of BullMQ's lists. */
import type { Log } from "../../ports.ts";
import { FLOW_FIELDS, storedFlow, type StoredFlow } from "../waiting/flow-state.ts";
import type { StoreConnection } from "../store/redis.ts";
import type { Wakes } from "./wakes.ts";

/** Prefix of BullMQ's keys: `{sb}:q:<target>:wait`. */
export const PREFIX = "{sb}:q";
/** Zset of targets that were given work; whoever pops one wakes its worker. */
export const READY_KEY = "{sb}:ready";
/** Set of all targets that ever had a worker. */
export const TARGETS_KEY = "{sb}:targets";

/** Deliveries of a target by where they are. */
export interface Counts {
  /** In both lanes. */
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  /** What the target's processes share of its limits and breaker, as it is stored. */
  readonly flow: StoredFlow;
}

/** Longest blocking read in s; below the silence after which the connection counts as dead. */
const BLOCK_SECONDS = 5;
const PAUSE_MS = 200;
/** Pause after hearing of nothing but targets whose workers are awake anyway. */
const AWAKE_MS = 2;

/**
 * Hears of every target that is given work while a worker here is free for some, until closed; goes on after an outage.
 * `hear` says whether anybody was asleep.
 */
export async function listenForReady(
  blocking: StoreConnection,
  wakes: Pick<Wakes, "anyAsleep">,
  hear: (target: string) => boolean,
  isClosed: () => boolean,
  log: Log,
): Promise<void> {
  while (!isClosed()) {
    // Whoever is awake asks for what is next anyway. What is told meanwhile waits in the zset.
    await wakes.anyAsleep();
    if (isClosed()) return;
    try {
      const popped = await blocking.bzmpop(BLOCK_SECONDS, 1, READY_KEY, "MIN", "COUNT", 64);
      const targets = (popped as [string, string[][]] | null)?.[1] ?? [];
      const woken = targets.filter(([target]) => hear(target!)).length;
      if (targets.length > 0 && woken === 0) await new Promise((resume) => setTimeout(resume, AWAKE_MS));
    } catch (error) {
      if (isClosed()) return;
      log.debug({ error: String(error) }, "queues.listen");
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  }
}

/** Targets by what their queue has for a worker now: ARGV now (epoch ms of the store), then each target and how many it takes at once. */
const OVERLOOKED = `
local found, now = {}, tonumber(ARGV[1])
for i = 2, #ARGV, 2 do
  local queue, most = '${PREFIX}:' .. ARGV[i], tonumber(ARGV[i + 1])
  if redis.call('HEXISTS', queue .. ':meta', 'paused') == 0 then
    local has = redis.call('EXISTS', queue .. ':wait', queue .. ':prioritized') > 0
    if not has then
      local first = redis.call('ZRANGE', queue .. ':delayed', 0, 0, 'WITHSCORES')
      has = first[2] and tonumber(first[2]) / 4096 <= now
    end
    if has then
      found[#found + 1] = ARGV[i]
      local kept, f = 0, redis.call('HMGET', queue .. ':flow', 'until', 'tat', 'state')
      if tonumber(f[1] or 0) > now or tonumber(f[2] or 0) > now - 1000 or f[3] then kept = 1 end
      if kept == 0 and most > 0 and redis.call('LLEN', queue .. ':active') >= most then kept = 1 end
      found[#found + 1] = kept
    end
  end
end
return found`;

/**
 * Those of the targets whose queue has something to be taken at `now` (epoch ms of the store's clock); none that is paused.
 * `limited`: its limits or its breaker may be what lets it wait, or others have all its places.
 */
export async function haveWaiting(
  commands: StoreConnection,
  targets: readonly (readonly [target: string, most: number])[],
  now: number,
): Promise<{ target: string; limited: boolean }[]> {
  if (targets.length === 0) return [];
  const found = (await commands.eval(OVERLOOKED, 0, now, ...targets.flat())) as (string | number)[];
  const waiting: { target: string; limited: boolean }[] = [];
  for (let at = 0; at < found.length; at += 2)
    waiting.push({ target: String(found[at]), limited: Number(found[at + 1]) === 1 });
  return waiting;
}

const TAKEN = `
local found = {}
for _, target in ipairs(ARGV) do
  if redis.call('EXISTS', '${PREFIX}:' .. target .. ':active') == 1 then found[#found + 1] = target end
end
return found`;

/** Those of the targets of which some worker has deliveries in hand. */
export async function haveTaken(commands: StoreConnection, targets: readonly string[]): Promise<string[]> {
  return targets.length === 0 ? [] : ((await commands.eval(TAKEN, 0, ...targets)) as string[]);
}

/** Counts by target. */
export async function countsOf(
  commands: StoreConnection,
  targets: readonly string[],
): Promise<Map<string, Counts>> {
  const pipeline = commands.pipeline();
  for (const target of targets) {
    const key = `${PREFIX}:${target}`;
    pipeline.llen(`${key}:wait`).zcard(`${key}:prioritized`);
    pipeline
      .zcard(`${key}:delayed`)
      .llen(`${key}:active`)
      .hmget(`${key}:flow`, ...FLOW_FIELDS);
  }
  const replies = (await pipeline.exec()) ?? [];
  const number = (at: number): number => Number(replies[at]?.[1] ?? 0);
  const counts = targets.map((target, index): [string, Counts] => {
    const at = index * 5;
    const waiting = number(at) + number(at + 1);
    const flow = storedFlow((replies[at + 4]?.[1] ?? []) as (string | null)[]);
    return [target, { waiting, delayed: number(at + 2), active: number(at + 3), flow }];
  });
  return new Map(counts);
}

/** How many delayed deliveries of the targets fall due up to each of the times (epoch ms of the store's clock). */
export async function dueUpTo(
  commands: StoreConnection,
  targets: readonly string[],
  times: readonly number[],
): Promise<number[]> {
  const pipeline = commands.pipeline();
  for (const target of targets)
    for (const time of times)
      pipeline.zcount(`${PREFIX}:${target}:delayed`, "-inf", `(${(Math.floor(time) + 1) * 4096}`);
  const replies = (await pipeline.exec()) ?? [];
  return times.map((_, column) =>
    targets.reduce((sum, _target, row) => sum + Number(replies[row * times.length + column]?.[1] ?? 0), 0),
  );
}
