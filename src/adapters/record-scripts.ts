/** The record's Lua scripts. Every script may run twice with the same arguments and does its work once. */
import { historyScripts } from "./history-scripts.ts";

/** Moves a delivery between the states of its hour's ledger; `was` and `now` are "" where there is no such side. */
const MOVE = `
local function move(ledger, source, was, now)
  if was == now or redis.call('EXISTS', ledger) == 0 then return end
  if was ~= '' then redis.call('HINCRBY', ledger, source .. '|' .. was, -1) end
  if now ~= '' then redis.call('HINCRBY', ledger, source .. '|' .. now, 1) end
end
local function stateIn(delivery)
  return delivery and string.match(delivery, ',"s":"(%a+)"') or ''
end
local function leaveCause(delivery, dlv)
  local cause = delivery and string.match(delivery, ',"f":"(%x+)"')
  if not cause then return end
  redis.call('ZREM', 'sb:dg:' .. cause, dlv)
  if redis.call('EXISTS', 'sb:dg:' .. cause) == 0 then redis.call('HDEL', 'sb:dc', cause) end
end
local function ended(event, open, settled, dlv, target)
  redis.call('ZREM', 'sb:o:' .. target, dlv)
  if redis.call('ZREM', open, dlv) == 1 and redis.call('HINCRBY', event, 'o', -1) <= 0 then
    redis.call('ZADD', settled, 0, string.sub(dlv, 5, 30))
  end
end
`;

/** Scripts by name, with the number of their keys. */
export const scripts = {
  /** KEYS event events open bytes dedupe settled ledger index · ARGV id26 dedupeMs size meta body tags receivedAt news source ledgerSeconds
      hashes quarantined|unrouted [tag dlv json target]… → first event's id26, or "" when stored. */
  sbCommit: {
    numberOfKeys: 8,
    lua: `
local source = ARGV[9]
local function count(what, by)
  if redis.call('HINCRBY', KEYS[7], source .. '|' .. what, by) == by then redis.call('EXPIRE', KEYS[7], ARGV[10]) end
end
if tonumber(ARGV[2]) > 0 then
  local first = redis.call('SET', KEYS[5], ARGV[1], 'NX', 'PX', ARGV[2], 'GET')
  if first and first ~= ARGV[1] then
    count('duplicates', 1)
    if redis.call('EXISTS', 'sb:e:' .. first) == 1 then redis.call('HINCRBY', 'sb:e:' .. first, 'u', 1) end
    return first
  end
end
if redis.call('EXISTS', KEYS[1]) == 1 then return '' end
local made = (#ARGV - 12) / 4
local fields = {'m', ARGV[4], 'b', ARGV[5], 'z', ARGV[3], 'r', ARGV[6], 'o', made}
if ARGV[11] ~= '' then
  fields[#fields + 1] = 'x'
  fields[#fields + 1] = ARGV[11]
  for hash in string.gmatch(ARGV[11], '%x+') do redis.call('ZADD', KEYS[8], 0, hash .. ARGV[1]) end
end
for i = 13, #ARGV, 4 do
  fields[#fields + 1] = 'd:' .. ARGV[i]
  fields[#fields + 1] = ARGV[i + 2]
  redis.call('ZADD', KEYS[3], ARGV[7], ARGV[i + 1])
  redis.call('ZADD', 'sb:o:' .. ARGV[i + 3], ARGV[7], ARGV[i + 1])
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('INCRBY', KEYS[4], ARGV[3])
count('events', 1)
if made == 0 then
  redis.call('ZADD', KEYS[6], 0, ARGV[1])
  count(ARGV[12], 1)
else
  count('made', made)
  redis.call('HINCRBY', KEYS[7], source .. '|pending', made)
end
redis.call('PUBLISH', 'sb:tail', ARGV[8])
return ''`,
  },
  /** KEYS event open dead bytes settled ledger · ARGV tag dlv delivery attempt attemptNumber state dueAt now news source target cause causeJson
      result → 1, or 0 when there is no such record. */
  sbSettle: {
    numberOfKeys: 6,
    lua: `${MOVE}
local former = redis.call('HGET', KEYS[1], 'd:' .. ARGV[1])
if not former then return 0 end
local attempt, made = 'a:' .. ARGV[1] .. ':' .. ARGV[5], 'p:' .. ARGV[1]
local size = #ARGV[4] + 60 - redis.call('HSTRLEN', KEYS[1], attempt) + #ARGV[14] - redis.call('HSTRLEN', KEYS[1], made)
redis.call('HSET', KEYS[1], 'd:' .. ARGV[1], ARGV[3], attempt, ARGV[4])
if ARGV[14] ~= '' then redis.call('HSET', KEYS[1], made, ARGV[14]) else redis.call('HDEL', KEYS[1], made) end
redis.call('HINCRBY', KEYS[1], 'z', size)
redis.call('HINCRBY', KEYS[1], 'w', 1)
redis.call('INCRBY', KEYS[4], size)
move(KEYS[6], ARGV[10], stateIn(former), ARGV[6])
leaveCause(former, ARGV[2])
if ARGV[6] == 'retrying' then
  redis.call('ZADD', KEYS[2], ARGV[7], ARGV[2])
else
  ended(KEYS[1], KEYS[2], KEYS[5], ARGV[2], ARGV[11])
end
if ARGV[6] == 'dead' then
  redis.call('ZADD', KEYS[3], ARGV[8], ARGV[2])
  if ARGV[12] ~= '' then
    redis.call('HSETNX', 'sb:dc', ARGV[12], ARGV[13])
    redis.call('ZADD', 'sb:dg:' .. ARGV[12], ARGV[8], ARGV[2])
  end
end
redis.call('PUBLISH', 'sb:tail', ARGV[9])
return 1`,
  },
  /** Opens a delivery (again), on a hot event. KEYS event open dead settled ledger · ARGV tag dlv delivery now tags source target receivedAt news
      [unchangedSince] → 1, 0 when there is no such event, 2 when it has changed since. */
  sbReopen: {
    numberOfKeys: 5,
    lua: `${MOVE}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local former = redis.call('HGET', KEYS[1], 'd:' .. ARGV[1])
if former and former ~= ARGV[3] and ARGV[10] and tonumber(string.match(former, ',"u":(%d+)') or '0') >= tonumber(ARGV[10]) then return 2 end
if not former then
  move(KEYS[5], ARGV[6], '', 'made')
  if redis.call('HGET', KEYS[1], 'r') == '' then
    local kept = string.sub(redis.call('HGET', KEYS[1], 'm'), 1, 18) == '{"q":"quarantined"'
    move(KEYS[5], ARGV[6], kept and 'quarantined' or 'unrouted', '')
  end
else
  redis.call('ZREM', 'sb:o:' .. string.match(former, ',"t":"([^"]*)"'), ARGV[2])
end
redis.call('HSET', KEYS[1], 'd:' .. ARGV[1], ARGV[3], 'r', ARGV[5])
redis.call('HINCRBY', KEYS[1], 'w', 1)
move(KEYS[5], ARGV[6], stateIn(former), 'pending')
leaveCause(former, ARGV[2])
redis.call('ZADD', 'sb:o:' .. ARGV[7], ARGV[8], ARGV[2])
if redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2]) == 1 then redis.call('HINCRBY', KEYS[1], 'o', 1) end
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZREM', KEYS[4], string.sub(ARGV[2], 5, 30))
redis.call('PUBLISH', 'sb:tail', ARGV[9])
return 1`,
  },
  /** Ends a delivery by a person's wish, on a hot event. KEYS event open dead settled ledger · ARGV tag dlv delivery source target news
      → 1, or 0 when there is no such delivery. */
  sbDiscard: {
    numberOfKeys: 5,
    lua: `${MOVE}
local former = redis.call('HGET', KEYS[1], 'd:' .. ARGV[1])
if not former then return 0 end
redis.call('HSET', KEYS[1], 'd:' .. ARGV[1], ARGV[3])
redis.call('HINCRBY', KEYS[1], 'w', 1)
move(KEYS[5], ARGV[4], stateIn(former), 'discarded')
leaveCause(former, ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
ended(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[5])
redis.call('PUBLISH', 'sb:tail', ARGV[6])
return 1`,
  },
  ...historyScripts,
} as const;
