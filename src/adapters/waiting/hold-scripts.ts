/** The holds' Lua scripts: a delivery begins to wait, people decide, the time runs out. Each may run twice with the same arguments and does its work once. */
import { DELIVERY_LUA } from "../record/scripts.ts";

/** A score beyond every time: held deliveries are due to nobody, and holds without an end never run out. */
export const NEVER = 8_000_000_000_000_000;

export const holdScripts = {
  /**
   * A delivery waits; in the same step its queue lets it go, where it is told. KEYS event hold ledger
   * · ARGV delivery's id|hold's id|now|source|target|expiresAt|hash|owed where somebody is to be told|what deciding needs, delivery, terms, draft, why the former one does not count, news,
   * what `finishJob` (queue-scripts.ts) takes → 1, or 0 when there is no such record, 2 when it is not to be attempted any more.
   */
  sbHold: {
    numberOfKeys: 3,
    lua: `${DELIVERY_LUA}
local function hold(KEYS, ARGV)
local dlv, id, now, source, target, expires, hash, owed, facts =
  string.match(ARGV[1], '^(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.*)$')
local tag = string.sub(dlv, 31)
local former = redis.call('HGET', KEYS[1], 'd:' .. tag)
if not former then return 0 end
local known, was = holdIn(former), stateIn(former)
if known == id then return 1 end
if was ~= 'pending' and was ~= 'retrying' then return 2 end
if known then
  closeHold(known, 'superseded', ARGV[5], now)
  redis.call('HSET', '{sb}:h:' .. known, 'by', id)
end
redis.call('HSET', KEYS[1], 'd:' .. tag, ARGV[2])
redis.call('HINCRBY', KEYS[1], 'w', 1)
redis.call('HDEL', KEYS[1], 't')
move(KEYS[3], source, was, 'held')
redis.call('ZADD', '{sb}:open', ${NEVER}, dlv)
redis.call('ZREM', '{sb}:o:' .. target, dlv)
redis.call('HSET', KEYS[2], 's', 'waiting', 'm', ARGV[3], 'r', ARGV[4], 'h', hash, 'k', facts, 'a', '', 'n', 0, 'u', now)
redis.call('ZADD', '{sb}:h:due', expires, id)
redis.call('ZADD', '{sb}:h:waiting', 0, id)
redis.call('ZADD', '{sb}:h', 0, id)
if owed ~= '' then redis.call('ZADD', '{sb}:h:owed', now, id) end
redis.call('PUBLISH', '{sb}:tail', ARGV[6])
return 1
end
local held = hold(KEYS, ARGV)
if (ARGV[7] or '') == '' then return held end
return {held, finishJob(ARGV[7])}`,
  },
  /**
   * One decision wins; what follows from it is done in the same step: back into the queue, or given up. Calls \`addJob\`.
   * KEYS hold ready · ARGV hold's id|what|now|hash that was looked at, or ""|who, vote, edit, hash of what was edited, end of a discarded delivery's text
   * → word, and what belongs to it: "unknown"; "over" its state; "late" when its time ended; "changed" the hash; "again" when he has
   * approved it before; "counted" approvals so far; "approved", "rejected", "expired", "kept"; "early" when the time is not up.
   */
  sbDecide: {
    numberOfKeys: 2,
    lua: `${DELIVERY_LUA}
local id, what, now, hash, who = string.match(ARGV[1], '^(.-)|(.-)|(.-)|(.-)|(.*)$')
local of = redis.call('HMGET', KEYS[1], 's', 'h', 'a', 'n', 'k')
if not of[1] then return {'unknown'} end
if of[1] ~= 'waiting' then return {'over', of[1]} end
local dlv, source, target, route, receivedAt, needed, expires, onTimeout =
  string.match(of[5], '^(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.*)$')
local isOver = tonumber(now) >= tonumber(expires)
if what == 'expire' and not isOver then return {'early'} end
if what ~= 'expire' and isOver and onTimeout ~= 'keep' then return {'late', expires} end
if hash ~= '' and hash ~= of[2] then return {'changed', of[2]} end
local event, tag = '{sb}:e:' .. string.sub(dlv, 5, 30), string.sub(dlv, 31)
local ledger = '{sb}:l:' .. string.format('%d', math.floor(receivedAt / 3600000))
local former = redis.call('HGET', event, 'd:' .. tag)
if not former or stateIn(former) ~= 'held' or holdIn(former) ~= id then
  closeHold(id, 'cancelled', 'The delivery does not wait any more.', now)
  return {'over', 'cancelled'}
end
local function news(state, decided)
  redis.call('PUBLISH', '{sb}:tail', '{"delivery":"' .. dlv .. '","route":"' .. route .. '","target":"' .. target .. '","state":"' .. state .. '","attempt":0,"hold":"' .. id .. '","decided":"' .. decided .. '"}')
end
if what == 'expire' and onTimeout == 'keep' then
  redis.call('HSET', KEYS[1], 'x', now)
  redis.call('ZADD', '{sb}:h:due', ${NEVER}, id)
  news('held', 'overdue')
  return {'kept'}
end
local votes, count = of[3], tonumber(of[4])
if what == 'edit' then
  votes, count = '', 0
  redis.call('HSET', KEYS[1], 'e', ARGV[3], 'h', ARGV[4])
end
if what == 'approve' and string.find(votes, '{"id":"' .. who .. '"', 1, true) then return {'again'} end
local passes = what == 'expire' and onTimeout == 'approve'
if what == 'approve' or what == 'edit' then
  votes, count = votes .. (votes == '' and '' or ',') .. ARGV[2], count + 1
  passes = count >= tonumber(needed)
  redis.call('HSET', KEYS[1], 'a', votes, 'n', count, 'u', now)
  if not passes then
    news('held', 'counted')
    return {'counted', count}
  end
end
local state = passes and 'approved' or what == 'expire' and 'expired' or 'rejected'
redis.call('HSET', KEYS[1], 's', state, 'd', ARGV[2], 'u', now)
redis.call('ZREM', '{sb}:h:due', id)
redis.call('ZREM', '{sb}:h:waiting', id)
redis.call('ZADD', '{sb}:h:ended', now, id)
local next = string.gsub(string.gsub(former, ',"s":"held"', passes and ',"s":"pending"' or ',"s":"discarded"', 1), ',"u":%d+', ',"u":' .. now, 1)
redis.call('HINCRBY', event, 'w', 1)
redis.call('HDEL', event, 't')
if passes then
  redis.call('HSET', event, 'd:' .. tag, next)
  move(ledger, source, 'held', 'pending')
  redis.call('ZADD', '{sb}:open', now, dlv)
  redis.call('ZADD', '{sb}:o:' .. target, receivedAt, dlv)
  addJob('{sb}:q:' .. target .. ':', dlv, route, now, '{"again":true}')
  redis.call('ZADD', KEYS[2], 0, target)
else
  redis.call('HSET', event, 'd:' .. tag, string.sub(next, 1, -2) .. ARGV[5])
  move(ledger, source, 'held', 'discarded')
  ended(event, '{sb}:open', '{sb}:settled', dlv, target)
end
news(passes and 'pending' or 'discarded', state)
return {state}`,
  },
  /** Forgets holds that ended; an approval that attempts still rest on stays. KEYS ended all · ARGV before most count → how many. */
  sbForgetHolds: {
    numberOfKeys: 2,
    lua: `${DELIVERY_LUA}
local over = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2])
local ids = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])
if over > #ids then ids = redis.call('ZRANGE', KEYS[1], 0, math.min(over, tonumber(ARGV[3])) - 1) end
local forgotten = 0
for _, id in ipairs(ids) do
  local key = '{sb}:h:' .. id
  local dlv = string.match(redis.call('HGET', key, 'k') or '', '^[^|]+')
  local of = dlv and redis.call('HGET', '{sb}:e:' .. string.sub(dlv, 5, 30), 'd:' .. string.sub(dlv, 31))
  local state = stateIn(of)
  if holdIn(of) == id and (state == 'pending' or state == 'retrying') then
    redis.call('ZADD', KEYS[1], ARGV[1] + 3600000, id)
  else
    redis.call('UNLINK', key)
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
    forgotten = forgotten + 1
  end
end
return forgotten`,
  },
} as const;
