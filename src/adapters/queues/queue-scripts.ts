/**
 * What is made of BullMQ's scripts: their functions, called by our own scripts. So an event and its queue entries are stored by one
 * script, and a delivery's end and what takes it out of its queue are another: neither is without the other.
 */

/** A script without what it tells of each step to a stream, and without the markers that wake: nobody reads either here. */
export function quiet(lua: string): string {
  return lua
    .replace(/\brcall\("ZADD", markerKey,[^()]*\)/g, "")
    .replace(/\brcall\("XADD",[^()]*"\*",\s*"event"[^()]*(?:\([^()]*\)[^()]*)*\);?/g, "")
    .replace(/\brcall\("XTRIM", eventStreamKey[^()]*\);?/g, "");
}

/** A function of a script, or a name that its functions share; BullMQ's stand at the beginning of a line, and so do their ends. */
const PARTS = /^local (?:function (\w+)\([^]*?\nend$|(\w+(?:, \w+)*)$)/gm;

/**
 * The functions of those names out of a script of BullMQ's, with those that they call, in their order. Most of a script is about
 * parents, deduplication and results that are kept, which no delivery has: to define what is never called would be a fifth of what
 * settling one costs the store.
 */
export function functionsOf(lua: string, names: readonly string[]): string {
  const found = [...lua.matchAll(PARTS)];
  const wanted = new Set(names);
  const kept: string[] = [];
  for (const [text, name] of found.toReversed()) {
    if (name !== undefined && !wanted.has(name)) continue;
    kept.unshift(text);
    for (const [called] of text.matchAll(/\w+(?=\()/g)) wanted.add(called);
  }
  const missing = names.filter((name) => !found.some(([, known]) => known === name));
  if (missing.length > 0) throw new Error(`BullMQ's script is another one: it has no ${missing.join(", ")}.`);
  return `local rcall = redis.call\n${kept.join("\n")}\n`;
}

/**
 * `addJob(queue, id, name, at, data)` and `addJobLater(queue, id, name, at, delay, data)`, by the functions of BullMQ's addStandardJob
 * and addDelayedJob. `queue` is the prefix of its keys, with the colon; without `data` it is `{}`; `delay` in ms from `at`. A job
 * that is there already is left as it is.
 */
export function addJobScript(addStandardJob: string, addDelayedJob: string): string {
  return `local addJob, addJobLater
do
${functionsOf(addStandardJob, ["storeJob", "isQueuePausedOrMaxed", "addJobInTargetList"])}
addJob = function(q, id, name, at, data)
  if rcall('EXISTS', q .. id) == 1 then return end
  storeJob(q .. 'events', q .. id, id, name, data or '{}', {}, at)
  addJobInTargetList(q .. 'wait', q .. 'marker', 'LPUSH', isQueuePausedOrMaxed(q .. 'meta', q .. 'active'), id)
end
end
do
${functionsOf(addDelayedJob, ["storeJob", "addDelayedJob"])}
addJobLater = function(q, id, name, at, delay, data)
  if rcall('EXISTS', q .. id) == 1 then return end
  storeJob(q .. 'events', q .. id, id, name, data or '{}', {delay = delay}, at)
  addDelayedJob(id, q .. 'delayed', q .. 'events', at, 0, q .. 'marker', delay)
end
end
`;
}

/** `take(queue, token, now, lockDuration, turn, most, flow)`: takes what is next, by the function of BullMQ's moveToFinished, and answers as that does. */
const TAKE = `local function take(q, token, now, lock, turn, most, flow)
  return fetchNextJob(q .. 'wait', q .. 'active', q .. 'prioritized', q .. 'events', q .. 'limiter', q .. 'delayed',
    q .. 'meta', q .. 'pc', q .. 'marker', q, now,
    {token = token, lockDuration = lock, turn = tonumber(turn), most = most, flow = flow})
end`;

/**
 * `finishJob(text)`, by the functions of BullMQ's moveToFinished, which stays what it was for jobs that are kept; the text is what
 * `finishText` makes. Answers as that does. Where the text is made `carrying`, the reply's fifth element is the record of the job that
 * is taken next, the fields m, b and `d:<tag>` of its event's hash: its bytes are no text.
 */
export function finishJobScript(moveToFinished: string): string {
  return `local finishJob
do
${functionsOf(moveToFinished, ["removeLock", "fetchNextJob"])}
${TAKE}
finishJob = function(text)
  local carries = string.sub(text, 1, 1) == '+'
  if carries then text = string.sub(text, 2) end
  local q, id, token, now, next, lock, turn, most, flow = string.match(text, '^(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.*)$')
  if rcall('EXISTS', q .. id) == 0 then return -1 end
  local refused = removeLock(q .. id, q .. 'stalled', token, id)
  if refused < 0 then return refused end
  if rcall('LREM', q .. 'active', -1, id) < 1 then return -3 end
  rcall('DEL', q .. id)
  if next ~= '1' then return 0 end
  local reply = take(q, token, now, lock, turn, most, flow) or 0
  if carries and type(reply) == 'table' and type(reply[1]) == 'table' then
    local dlv = reply[2]
    reply[5] = redis.call('HMGET', '{sb}:e:' .. string.sub(dlv, 5, 30), 'm', 'b', 'd:' .. string.sub(dlv, 31))
  end
  return reply
end
end
`;
}

/**
 * What a worker that has nothing asks for the next one: BullMQ's moveToActive, without the half of it that no delivery needs. KEYS the
 * queue's wait · ARGV its prefix, token, now, lockDuration, turn, most, flow → as BullMQ's; fifth, where what was taken was the last that
 * waited, when the next delayed one falls due (epoch ms of the store), or 0.
 */
export function takeScript(moveToFinished: string): string {
  return `${functionsOf(moveToFinished, ["fetchNextJob"])}
${TAKE}
local q = ARGV[1]
local reply = take(q, unpack(ARGV, 2)) or {0, 0, 0, 0}
if type(reply[1]) == 'table' and rcall('EXISTS', q .. 'wait', q .. 'prioritized') == 0 then
  reply[5] = math.floor((tonumber(rcall('ZRANGE', q .. 'delayed', 0, 0, 'WITHSCORES')[2]) or 0) / 4096)
end
return reply`;
}

/** Whoever took by that token never heard of it. KEYS the queue's active · ARGV its prefix, token → how many were put back, as the next ones. */
export const GIVE_BACK = `
local q, given = ARGV[1], 0
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if redis.call('GET', q .. id .. ':lock') == ARGV[2] then
    redis.call('DEL', q .. id .. ':lock')
    redis.call('LREM', KEYS[1], 1, id)
    redis.call('HINCRBY', q .. id, 'ats', -1)
    redis.call('RPUSH', q .. 'wait', id)
    given = given + 1
  end
end
return given`;

/** The same text, asking for the record of what is taken next. */
export const carrying = (finish: string): string => `+${finish}`;

/** What takes a job out of its queue as completed. Times in ms. */
export interface Finish {
  /** The prefix of the queue's keys, with the colon. */
  readonly queue: string;
  readonly id: string;
  readonly token: string;
  readonly now: number;
  readonly fetchNext: boolean;
  readonly lockDuration: number;
  /** What the next one is taken by, if it is: see flow-scripts.ts. */
  readonly turn: number;
  readonly most: number;
  readonly flow: string;
}

/** The text that `finishJob` takes apart. */
export function finishText(finish: Finish): string {
  const { queue, id, token, now, fetchNext, lockDuration, turn, most, flow } = finish;
  return `${queue}|${id}|${token}|${now}|${fetchNext ? 1 : 0}|${lockDuration}|${turn}|${most}|${flow}`;
}
