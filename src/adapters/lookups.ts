/**
 * What lookups have brought, kept encrypted for all processes within bounds; who asks meanwhile in this process waits for the same
 * answer. A target's limits hold for lookups as for deliveries, over all processes; its concurrency in each. Fills the port `Lookups`.
 */
import { setTimeout as wait } from "node:timers/promises";
import { SignalboxError } from "../core/errors.ts";
import type { Lookups, Question } from "../core/lookup.ts";
import type { Clock, Log } from "../ports.ts";
import { PREFIX } from "./queues/ready.ts";
import type { StoreConnection } from "./store/redis.ts";
import type { Sealer } from "./secret-key.ts";

/** What is kept takes at most so many bytes in the store, all lookups together; what lapses first leaves first. */
const MOST_BYTES = 64 * 1024 * 1024;

/** KEYS answer flow paused · ARGV target now stepMs mostMs → the answer, or ms to wait before asking, or below 0 why nobody asks.
    `flow` is the hash by which the target's deliveries keep its limits: `tat` is when the next call is due, and reserved here, one call
    a step; `until` what the target asked for itself; `state` that of its breaker. */
const ASK = `
local kept = redis.call('GET', KEYS[1])
if kept then return kept end
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then return -1 end
local flow = redis.call('HMGET', KEYS[2], 'until', 'tat', 'state')
if flow[3] == 'open' then return -3 end
local now, step, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local at = math.max(now, tonumber(flow[1] or '0'))
if step > 0 then at = math.max(at, tonumber(flow[2] or '0')) end
if at - now > most then return -2 end
if step > 0 then redis.call('HSET', KEYS[2], 'tat', string.format('%.3f', at + step)) end
return math.ceil(at - now)`;

/** KEYS answer, zset of kept answers by when they lapse, their bytes · ARGV sealed cacheMs now most. Those that have lapsed are counted
    out, then those that lapse next until the bound is kept. */
const KEEP = `
local now, most = tonumber(ARGV[3]), tonumber(ARGV[4])
local function drop(members)
  for _, member in ipairs(members) do
    local name, size = string.match(member, '^(.*)|(%d+)$')
    redis.call('ZREM', KEYS[2], member)
    redis.call('DECRBY', KEYS[3], size)
    if name ~= KEYS[1] then redis.call('DEL', name) end
  end
  return #members
end
local former = redis.call('STRLEN', KEYS[1])
if former > 0 then drop({KEYS[1] .. '|' .. former}) end
drop(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100))
if #ARGV[1] > most then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[2]), KEYS[1] .. '|' .. #ARGV[1])
local bytes = redis.call('INCRBY', KEYS[3], #ARGV[1])
while bytes > most do
  local first = redis.call('ZRANGE', KEYS[2], 0, 0)
  if first[1] == nil then break end
  if string.match(first[1], '^(.*)|') == KEYS[1] then redis.call('DEL', KEYS[1]) end
  drop(first)
  bytes = tonumber(redis.call('GET', KEYS[3]))
end
return 1`;

/** Over the workers' connection; `mostBytes` is the bound of all that is kept. */
export function createLookups(parts: {
  readonly commands: StoreConnection;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  readonly mostBytes?: number;
}): Lookups {
  const { commands, sealer, clock, log, mostBytes = MOST_BYTES } = parts;
  const underWay = new Map<string, Promise<{ readonly text: string; readonly kept: boolean }>>();
  const lanes = new Map<string, Lane>();

  const ask = async (question: Question, look: () => Promise<string>) => {
    const { key, target, limit, cacheMs, concurrency, budgetMs } = question;
    const stepMs = limit === undefined ? 0 : (limit.perSeconds * 1000) / limit.count;
    const begun = performance.now();
    const names = [answerKey(key), `${PREFIX}:${target}:flow`, "{sb}:paused"];
    const said = await commands.eval(ASK, 3, ...names, target, clock.now(), stepMs, budgetMs);
    if (typeof said === "string") {
      const text = await sealer.unseal(said, purpose(key)).catch(() => undefined);
      // One that another key has sealed is none.
      if (text !== undefined) return { text, kept: true };
    } else if (Number(said) < 0) throw unavailable(WHY[-Number(said)]!);
    else if (Number(said) > 0) await wait(Number(said));
    const lane = laneOf(target, lanes);
    const text = await lane(concurrency, budgetMs - (performance.now() - begun), look);
    if (cacheMs > 0) keep(key, text, cacheMs);
    return { text, kept: false };
  };

  /** Nobody waits for it: an answer that is not kept is asked for again. */
  const keep = (key: string, text: string, cacheMs: number): void => {
    sealer
      .seal(text, purpose(key))
      .then((sealed) =>
        commands.eval(
          KEEP,
          3,
          answerKey(key),
          "{sb}:looks",
          "{sb}:looks:bytes",
          sealed,
          cacheMs,
          clock.now(),
          mostBytes,
        ),
      )
      .catch((error: unknown) => log.debug({ error: String(error) }, "lookup.unkept"));
  };

  return {
    take(question, look) {
      const { key, cacheMs, budgetMs } = question;
      if (cacheMs === 0) return within(budgetMs, ask(question, look));
      let asking = underWay.get(key);
      if (asking === undefined) {
        asking = ask(question, look).finally(() => underWay.delete(key));
        underWay.set(key, asking);
      }
      return within(budgetMs, asking);
    },
  };
}

/** Why nobody asks, by the script's answer. */
const WHY = [
  "",
  "the target is paused",
  "the target's limits leave no time for it",
  "the target's breaker is open",
] as const;

function unavailable(why: string): SignalboxError {
  return new SignalboxError("FORWARD_LOOKUP_UNAVAILABLE", why);
}

function answerKey(key: string): string {
  return `{sb}:looked:${key}`;
}

function purpose(key: string): string {
  return `lookup ${key}`;
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(unavailable(`no answer within ${Math.round(ms)} ms`));
    const timer = setTimeout(late, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Runs at most so many at a time; who waits longer than its budget is turned away. */
type Lane = <T>(concurrency: number, budgetMs: number, run: () => Promise<T>) => Promise<T>;

function laneOf(target: string, lanes: Map<string, Lane>): Lane {
  let lane = lanes.get(target);
  if (lane !== undefined) return lane;
  let active = 0;
  const waiting: (() => void)[] = [];
  lane = async (concurrency, budgetMs, run) => {
    // Whoever waited is given the place of the one that ends: nobody gets in between.
    if (active >= concurrency) await turn(waiting, budgetMs);
    else active++;
    try {
      return await run();
    } finally {
      const next = active > concurrency ? undefined : waiting.shift();
      if (next === undefined) active--;
      else next();
    }
  };
  lanes.set(target, lane);
  return lane;
}

function turn(waiting: (() => void)[], budgetMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const enter = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(
      () => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(unavailable("others ask the target, as many as its `concurrency` lets"));
      },
      Math.max(0, budgetMs),
    );
    waiting.push(enter);
  });
}
