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

/**
 * What a script does for each of many targets, which come as one argument, a line each: a thousand arguments twice a second cost this
 * process more than what the store is asked.
 */
const eachOf = (argument: number, lua: string): string =>
  `for target in string.gmatch(ARGV[${argument}], '[^\\n]+') do local queue = '${PREFIX}:' .. target\n${lua}\nend`;

/** ARGV now (epoch ms of the store), targets → target, 1 where its limits or its breaker may let it wait, attempts under way. */
const OVERLOOKED = `
local found, now = {}, tonumber(ARGV[1])
${eachOf(
  2,
  `
  if redis.call('EXISTS', queue .. ':wait', queue .. ':prioritized', queue .. ':delayed') > 0
    and redis.call('HEXISTS', queue .. ':meta', 'paused') == 0 then
    local has = redis.call('EXISTS', queue .. ':wait', queue .. ':prioritized') > 0
    if not has then
      local first = redis.call('ZRANGE', queue .. ':delayed', 0, 0, 'WITHSCORES')
      has = first[2] and tonumber(first[2]) / 4096 <= now
    end
    if has then
      local kept, f = 0, redis.call('HMGET', queue .. ':flow', 'until', 'tat', 'state')
      if tonumber(f[1] or 0) > now or tonumber(f[2] or 0) > now - 1000 or f[3] then kept = 1 end
      found[#found + 1] = target
      found[#found + 1] = kept
      found[#found + 1] = redis.call('LLEN', queue .. ':active')
    end
  end`,
)}
return found`;

/** A target whose queue has something to be taken. */
export interface Waiting {
  readonly target: string;
  /** Its limits or its breaker may be what lets it wait. */
  readonly limited: boolean;
  /** Attempts of all processes. */
  readonly active: number;
}

/** Those of the targets (a line each) whose queue has something to be taken at `now` (epoch ms of the store's clock); none that is paused. */
export async function haveWaiting(
  commands: StoreConnection,
  targets: string,
  now: number,
): Promise<Waiting[]> {
  if (targets === "") return [];
  const found = (await commands.eval(OVERLOOKED, 0, now, targets)) as (string | number)[];
  const waiting: Waiting[] = [];
  for (let at = 0; at < found.length; at += 3)
    waiting.push({
      target: String(found[at]),
      limited: found[at + 1] === 1,
      active: Number(found[at + 2]),
    });
  return waiting;
}

const TAKEN = `
local found = {}
${eachOf(1, "if redis.call('EXISTS', queue .. ':active') == 1 then found[#found + 1] = target end")}
return found`;

/** Those of the targets (a line each) of which some worker has deliveries in hand. */
export async function haveTaken(commands: StoreConnection, targets: string): Promise<string[]> {
  return targets === "" ? [] : ((await commands.eval(TAKEN, 0, targets)) as string[]);
}

/** ARGV targets → those of which there is anything: target, waiting, delayed, active, its flow. */
const COUNTS = `
local found = {}
${eachOf(
  1,
  `
  local wait, lane, delayed, active, flow =
    queue .. ':wait', queue .. ':prioritized', queue .. ':delayed', queue .. ':active', queue .. ':flow'
  if redis.call('EXISTS', wait, lane, delayed, active, flow) > 0 then
    found[#found + 1] = {target, redis.call('LLEN', wait) + redis.call('ZCARD', lane), redis.call('ZCARD', delayed),
      redis.call('LLEN', active), redis.call('HMGET', flow, '${FLOW_FIELDS.join("', '")}')}
  end`,
)}
return found`;

type Counted = [target: string, waiting: number, delayed: number, active: number, flow: (string | null)[]];

/** A target that nothing is known of. */
export const NO_COUNTS: Counts = { waiting: 0, delayed: 0, active: 0, flow: {} };
/** So many targets are asked for by one script, for which the store stands still a fraction of a millisecond. */
const ASKED_AT_ONCE = 250;

/** Counts by target. */
export async function countsOf(
  commands: StoreConnection,
  targets: readonly string[],
): Promise<Map<string, Counts>> {
  const parts: Promise<unknown>[] = [];
  for (let from = 0; from < targets.length; from += ASKED_AT_ONCE)
    parts.push(commands.eval(COUNTS, 0, targets.slice(from, from + ASKED_AT_ONCE).join("\n")));
  const counts = new Map(targets.map((target) => [target, NO_COUNTS]));
  for (const [target, waiting, delayed, active, flow] of (await Promise.all(parts)).flat() as Counted[])
    counts.set(target, { waiting, delayed, active, flow: storedFlow(flow) });
  return counts;
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
