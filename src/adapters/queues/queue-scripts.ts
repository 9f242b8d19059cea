/**
 * What is made of BullMQ's scripts: the same texts, as functions that our own scripts call. So an event and its queue entries
 * are stored by one script, and a delivery's end and what takes it out of its queue are another: neither is without the other.
 */

/** A script without what it tells of each step to a stream, and without the markers that wake: nobody reads either here. */
export function quiet(lua: string): string {
  return lua
    .replace(/\brcall\("ZADD", markerKey,[^()]*\)/g, "")
    .replace(/\brcall\("XADD",[^()]*"\*",\s*"event"[^()]*(?:\([^()]*\)[^()]*)*\);?/g, "")
    .replace(/\brcall\("XTRIM", eventStreamKey[^()]*\);?/g, "");
}

/** The script as a function of its keys and arguments, of which some are tables already instead of packed ones. */
function asFunction(name: string, lua: string): string {
  return `local function ${name}(KEYS, ARGV)\n${lua.replace(/cmsgpack\.unpack\(ARGV\[(\d)\]\)/g, "ARGV[$1]")}\nend\n`;
}

/** `addJob(queue, id, name, at, data)`: made of addStandardJob; `queue` is the prefix of its keys, with the colon; without `data` it is `{}`. */
export function addJobScript(addStandardJob: string): string {
  return `${asFunction("addStandardJob", addStandardJob)}
local function addJob(q, id, name, at, data)
  return addStandardJob(
    {q .. 'wait', q .. 'paused', q .. 'meta', q .. 'id', q .. 'completed', q .. 'delayed', q .. 'active', q .. 'events', q .. 'marker'},
    {{q, id, name, at}, data or '{}', {}})
end
`;
}

/** `addJobLater(queue, id, name, at, delay, data)`: made of addDelayedJob; `delay` in ms from `at`. */
export function addJobLaterScript(addDelayedJob: string): string {
  return `${asFunction("addDelayed", addDelayedJob)}
local function addJobLater(q, id, name, at, delay, data)
  return addDelayed(
    {q .. 'marker', q .. 'meta', q .. 'id', q .. 'delayed', q .. 'completed', q .. 'events'},
    {{q, id, name, at}, data or '{}', {delay = delay}})
end
`;
}

/**
 * `finishJob(text)`: made of moveToFinished; the text is what `finishText` makes. Where that is made `carrying`, the reply's fifth
 * element is the record of the job that is taken next, the fields m, b and `d:<tag>` of its event's hash: its bytes are no text.
 */
export function finishJobScript(moveToFinished: string): string {
  return `${asFunction("moveToFinished", moveToFinished)}
local function finishJob(text)
  local carries = string.sub(text, 1, 1) == '+'
  if carries then text = string.sub(text, 2) end
  local q, id, token, now, next, lock, turn, most, flow = string.match(text, '^(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.*)$')
  local opts = {token = token, keepJobs = {count = 0}, lockDuration = lock, attempts = 0, maxMetricsSize = ''}
  opts.turn, opts.most, opts.flow = tonumber(turn), most, flow
  local reply = moveToFinished(
    {q .. 'wait', q .. 'active', q .. 'prioritized', q .. 'events', q .. 'stalled', q .. 'limiter', q .. 'delayed',
      q .. 'paused', q .. 'meta', q .. 'pc', q .. 'completed', q .. id, q .. 'metrics:completed', q .. 'marker'},
    {id, now, 'returnvalue', 'null', 'completed', next, q, opts, ''})
  if carries and type(reply) == 'table' and type(reply[1]) == 'table' then
    local dlv = reply[2]
    reply[5] = redis.call('HMGET', '{sb}:e:' .. string.sub(dlv, 5, 30), 'm', 'b', 'd:' .. string.sub(dlv, 31))
  end
  return reply
end
`;
}

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
