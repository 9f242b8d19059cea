/**
 * What a target is sent at a time, decided where it is shared: inside the scripts that are called for each attempt anyway. Taking
 * a job asks whether the target may be called, settling tells how it went; neither is a command of its own.
 * The state is the hash `{sb}:q:<target>:flow`; `flow` in the queue's meta says that there is something to heed where the target's
 * file asks for nothing. All times in epoch ms of the store.
 */
import type { FlowSign } from "../../core/flow-sign.ts";
import type { Flow } from "../../core/target-flow.ts";
import { keys } from "../record/keys.ts";

/** In place of ms: all places are taken. Whoever has them asks for what is next himself. */
export const FULL = 999_999_999_999;
/** A bare 429 costs a second, and twice as much each time it comes again within a minute, up to a minute. */
const BARE_MS = { first: 1_000, most: 60_000, again: 60_000 };
/** Processes agree on the time to within so many ms. */
const SKEW_MS = 50;
/** In front of a target's name in `{sb}:ready`: whoever hears it looks, even if he was told to wait. */
export const LOUD = "!";

/**
 * flowWait: ms until an attempt may begin, 0 when one may now. flowTaken: one begins; ms until the next may. flowEmpty: nothing waits.
 * takeNext: the next of the lanes; of 16 turns 12 are for what is live, 3 for retries before it, 1 for replays before both.
 * A lane is BullMQ's priority, 2^32 apart: 1 are retries, 2 and above replays.
 */
const TAKING = `
local flowMark, flowState
local function flowWait(prefix, at, activeKey, opts)
  local now, most, wait = tonumber(at), tonumber(opts.most or 0), 0
  flowState = nil
  if flowMark or (opts.flow or '') ~= '' then
    local s = {}
    s.interval, s.tolerance, s.least, s.probes, s.probeMs, s.drainEach, s.drainEarly =
      string.match(opts.flow or '', '^(.-),(.-),(.-),(.-),(.-),(.-),(.*)$')
    if (s.interval or '') ~= '' then
      -- Spread evenly as it happens here: what asked may have been long on its way.
      local time = redis.call('TIME')
      now = time[1] * 1000 + time[2] / 1000
    end
    s.now = now
    local f = redis.call('HMGET', prefix .. 'flow', 'until', 'tat', 'most', 'state', 'next', 'probes', 'drain')
    s['until'], s.tat, s.most, s.state, s.next, s.sent, s.drain = f[1], f[2], f[3], f[4], f[5], f[6], f[7]
    local function no_sooner(moment) wait = math.max(wait, tonumber(moment) - now) end
    if s['until'] then no_sooner(s['until']) end
    if (s.interval or '') ~= '' and s.tat then no_sooner(s.tat - s.tolerance) end
    if (s.least or '') ~= '' then most = math.min(most, math.floor(tonumber(s.most or s.least))) end
    if (s.probes or '') ~= '' then
      if s.state == 'open' then no_sooner(s.next)
      elseif s.state == 'probing' and tonumber(s.sent) >= tonumber(s.probes) then no_sooner(s.next)
      elseif s.state == 'draining' and s.drain then no_sooner(s.drain - s.drainEarly) end
    end
    flowState = s
  end
  if wait <= 0 and most > 0 and redis.call('LLEN', activeKey) >= most then
    -- Places of the dead are free as soon as their locks have lapsed, before the sweep has found them.
    local alive = 0
    for _, id in ipairs(redis.call('LRANGE', activeKey, 0, -1)) do
      alive = alive + redis.call('EXISTS', prefix .. id .. ':lock')
    end
    if alive >= most then return ${FULL} end
  end
  return math.ceil(wait)
end
local function flowTaken(prefix, at)
  local s, set = flowState, {}
  if not s then return end
  local now = s.now
  local function put(field, value)
    set[#set + 1] = field
    set[#set + 1] = value
  end
  local function paced(tat, interval)
    return string.format('%.3f', math.max(tonumber(tat or 0), now) + interval)
  end
  if (s.interval or '') ~= '' then put('tat', paced(s.tat, s.interval)) end
  if (s.probes or '') ~= '' then
    if s.state == 'open' or (s.state == 'probing' and tonumber(s.sent) >= tonumber(s.probes)) then
      put('state', 'probing')
      put('from', at)
      put('next', string.format('%.0f', now + s.probeMs))
      put('probes', 1)
      put('passed', 0)
    elseif s.state == 'probing' then put('probes', s.sent + 1)
    elseif s.state == 'draining' then put('drain', paced(s.drain, s.drainEach)) end
  end
  if #set > 0 then redis.call('HSET', prefix .. 'flow', unpack(set)) end
  if flowMark then redis.call('HDEL', prefix .. 'meta', 'flow') end
  if (s.interval or '') == '' then return 0 end
  return math.max(0, math.ceil(set[2] - s.tolerance - now))
end
local function flowEmpty(prefix)
  if not flowState or flowState.state ~= 'draining' then return end
  redis.call('HDEL', prefix .. 'flow', 'state', 'since', 'because', 'next', 'drain')
end
local function takeNext(turn, waitKey, activeKey, prioritizedKey)
  if (turn or 0) > 0 then
    local from, to = '-inf', '(8589934592'
    if turn == 2 then from, to = 8589934592, '+inf' end
    local id = redis.call('ZRANGEBYSCORE', prioritizedKey, from, to, 'LIMIT', 0, 1)[1]
    if id then
      redis.call('ZREM', prioritizedKey, id)
      redis.call('LPUSH', activeKey, id)
      return id
    end
  end
  return redis.call('RPOPLPUSH', waitKey, activeKey)
end
`;

type Change = readonly [from: string, to: string];

/** In whatever script fetches or promotes. */
const IN_ALL: readonly Change[] = [
  // What was tried before and falls due goes into the lane of retries, behind what is live and before what is replayed.
  [
    `            local priority =
                tonumber(rcall("HGET", jobKey, "priority")) or 0`,
    `            local known = rcall("HMGET", jobKey, "priority", "ats")
            local priority = tonumber(known[1]) or 0
            if priority == 0 and known[2] then priority = 1 end`,
  ],
];

/** By script: moveToFinished has the function that takes the next job, wherever one is taken. */
const BY_SCRIPT: Readonly<Record<string, readonly Change[]>> = {
  moveToFinished: [
    ["local rcall = redis.call", `local rcall = redis.call\n${TAKING}`],
    [
      `"paused", "concurrency", "max", "duration")`,
      `"paused", "concurrency", "max", "duration", "flow")\n  flowMark = queueAttributes[5]`,
    ],
    [
      "local expireTime = getRateLimitTTL(maxJobs, rateLimiterKey)",
      "local expireTime = isPausedOrMaxed and 0 or flowWait(prefix, timestamp, activeKey, opts)",
    ],
    [
      `local jobId = rcall("RPOPLPUSH", waitKey, activeKey)`,
      "local jobId = takeNext(opts.turn, waitKey, activeKey, prioritizedKey)",
    ],
    ["  -- get a lock\n", "  local flowNext = flowTaken(keyPrefix, processedOn) or 0\n"],
    [
      'return {rcall("HGETALL", jobKey), jobId, 0, 0}',
      'return {rcall("HGETALL", jobKey), jobId, flowNext, 0}',
    ],
    ["-- Return the timestamp for the next delayed job if any.", "flowEmpty(prefix)"],
    [
      "local opts = cmsgpack.unpack(ARGV[8])",
      "local opts = cmsgpack.unpack(ARGV[8])\n    if ARGV[10] then opts.turn, opts.most, opts.flow = tonumber(ARGV[10]), ARGV[11], ARGV[12] end",
    ],
  ],
};

/** BullMQ's script `name` with the lanes and the flow in it; throws where the script is not what this was written for. */
export function withFlow(name: string, lua: string): string {
  const changed = IN_ALL.reduce((text, [from, to]) => text.replace(from, to), lua);
  return (BY_SCRIPT[name.split(":", 1)[0]!] ?? []).reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`BullMQ's script ${name} is another one: ${from}`);
    return text.replace(from, () => to);
  }, changed);
}

/** What `flowWait` takes apart; "" for a target whose file asks for nothing. */
export function flowText({ least, limit, breaker }: Flow): string {
  if (least === undefined && limit === undefined && breaker === undefined) return "";
  return [
    ...[limit?.intervalMs ?? "", limit?.toleranceMs ?? "", least ?? ""],
    ...[breaker?.probes ?? "", breaker?.probeMs ?? ""],
    ...[breaker?.drain.intervalMs ?? "", breaker?.drain.toleranceMs ?? ""],
  ].join(",");
}

/** What became of a target by what it was told: its breaker opened or closed, it is waited for, there is more room. */
export type FlowNews = "" | "opened" | "recovered" | "waits" | "wider";

/** What `flowReport` takes: of an attempt that is settled at `now`. */
export function reportText(queue: string, target: string, sign: FlowSign, now: number): string {
  const { flow, advice, bare, ...said } = sign;
  return JSON.stringify({
    ...{ ...said, q: queue, target, now },
    ...(advice && { asked: now + advice.waitMs, header: advice.header }),
    ...(bare && { bare: Math.min(flow.heedMs, BARE_MS.most) }),
    ...(flow.least !== undefined && { least: flow.least, most: flow.most }),
    ...(flow.breaker && { breaker: flow.breaker }),
  });
}

/** `flowReport(text)` → news (`FlowNews`). Called by the settling script, once for each attempt. */
export const flowReportScript = `
local function flowReport(text)
  local r = cjson.decode(text)
  local key, news, set = r.q .. 'flow', '', {}
  local f = redis.call('HMGET', key, 'state', 'from', 'passed', 'most', 'eased', 'window', 'until', 'streak')
  local state, waits = f[1], tonumber(f[7] or 0)
  local function put(field, value)
    set[#set + 1] = field
    set[#set + 1] = type(value) == 'number' and string.format('%.4f', value) or value
  end
  local function tell(change, more)
    more.kind, more.target, more.change, more.at = 'target', r.target, change, r.now
    redis.call('PUBLISH', '${keys.tail}', cjson.encode(more))
  end
  local asked = r.asked
  if r.bare and waits <= r.now then
    local streak = waits + ${BARE_MS.again} > r.now and tonumber(f[8] or 0) + 1 or 1
    asked = r.now + math.min(r.bare, ${BARE_MS.first} * 2 ^ (math.min(streak, 10) - 1))
    put('streak', streak)
  end
  if asked and asked > math.max(waits, r.now) then
    put('until', string.format('%.0f', asked))
    put('header', r.header or '429')
    redis.call('HSET', r.q .. 'meta', 'flow', 1)
    if waits <= r.now then
      news = 'waits'
      tell('limited', {['until'] = asked})
    end
  end
  if r.least and r.called then
    local most = math.min(r.most, math.max(r.least, tonumber(f[4] or r.least)))
    if r.pressed then
      if r.startedAt > tonumber(f[5] or 0) then
        put('most', math.max(r.least, most / 2))
        put('eased', r.now)
      end
    elseif not r.failed and most < r.most and redis.call('LLEN', r.q .. 'active') >= math.floor(most) then
      local wider = math.min(r.most, most + (f[5] and 1 / math.floor(most) or 1))
      put('most', wider)
      if math.floor(wider) > math.floor(most) then news = 'wider' end
    end
  end
  local b = r.breaker
  if b and state == 'probing' then
    if r.startedAt >= tonumber(f[2]) - ${SKEW_MS} then
      if not r.called then
        redis.call('HINCRBY', key, 'probes', -1)
        news = 'wider'
      elseif r.failed or r.slow then
        put('state', 'open')
        put('next', r.now + b.openMs)
        redis.call('HDEL', key, 'probes', 'passed', 'from')
      elseif tonumber(f[3] or 0) + 1 < b.probes then
        put('passed', tonumber(f[3] or 0) + 1)
      else
        news = 'recovered'
        put('state', 'draining')
        put('since', r.now)
        redis.call('HDEL', key, 'probes', 'passed', 'from', 'next', 'because', 'window', 'drain')
        redis.call('ZADD', '{sb}:ready', 0, '${LOUD}' .. r.target)
        tell('recovered', {})
      end
    end
  elseif b and r.called and state ~= 'open' then
    local each, kept, total, failed, slow = b.windowMs / 10, {}, 1, r.failed and 1 or 0, r.slow and 1 or 0
    local bucket = math.floor(r.now / each)
    local mine = {1, failed, slow}
    for at, all, bad, long in string.gmatch(f[6] or '', '(%d+):(%d+):(%d+):(%d+)') do
      if tonumber(at) > bucket - 10 then
        total, failed, slow = total + all, failed + bad, slow + long
        if tonumber(at) == bucket then mine = {mine[1] + all, mine[2] + bad, mine[3] + long}
        else kept[#kept + 1] = at .. ':' .. all .. ':' .. bad .. ':' .. long end
      end
    end
    kept[#kept + 1] = string.format('%.0f:%d:%d:%d', bucket, mine[1], mine[2], mine[3])
    if total >= b.minimum and (failed / total >= b.failureRate or slow / total >= b.slowRate) then
      news = 'opened'
      put('state', 'open')
      put('since', r.now)
      put('next', r.now + b.openMs)
      put('because', failed .. '|' .. slow .. '|' .. total .. '|' .. b.windowMs / 1000)
      redis.call('HDEL', key, 'window', 'drain')
      tell('breaker-open', {['next'] = r.now + b.openMs})
    else put('window', table.concat(kept, ',')) end
  end
  if #set > 0 then redis.call('HSET', key, unpack(set)) end
  return news
end
`;
