/** The record's Lua scripts of what people do with it. Every script may run twice with the same arguments and does its work once. */
import { historyScripts } from "../history/scripts.ts";
import { DELIVERY_LUA } from "./scripts.ts";

export const operatorScripts = {
  /** Opens a delivery (again), on a hot event. KEYS event open dead settled ledger · ARGV tag dlv delivery now tags source target receivedAt news
      [unchangedSince] → 1, 0 when there is no such event, 2 when it has changed since. */
  sbReopen: {
    numberOfKeys: 5,
    lua: `${DELIVERY_LUA}
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
  redis.call('ZREM', '{sb}:o:' .. string.match(former, ',"t":"([^"]*)"'), ARGV[2])
  if stateIn(former) == 'held' then closeHold(holdIn(former), 'cancelled', 'The delivery was replayed.', ARGV[4]) end
end
redis.call('HSET', KEYS[1], 'd:' .. ARGV[1], ARGV[3], 'r', ARGV[5])
redis.call('HINCRBY', KEYS[1], 'w', 1)
redis.call('HDEL', KEYS[1], 't')
move(KEYS[5], ARGV[6], stateIn(former), 'pending')
leaveCause(former, ARGV[2])
redis.call('ZADD', '{sb}:o:' .. ARGV[7], ARGV[8], ARGV[2])
if redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2]) == 1 then redis.call('HINCRBY', KEYS[1], 'o', 1) end
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZREM', KEYS[4], string.sub(ARGV[2], 5, 30))
redis.call('PUBLISH', '{sb}:tail', ARGV[9])
return 1`,
  },
  /** Ends a delivery by a person's wish, on a hot event. KEYS event open dead settled ledger · ARGV tag dlv delivery source target news
      → 1, or 0 when there is no such delivery. */
  sbDiscard: {
    numberOfKeys: 5,
    lua: `${DELIVERY_LUA}
local former = redis.call('HGET', KEYS[1], 'd:' .. ARGV[1])
if not former then return 0 end
if stateIn(former) == 'held' then
  closeHold(holdIn(former), 'cancelled', 'The delivery was discarded.', string.match(ARGV[3], ',"u":(%d+)'))
end
redis.call('HSET', KEYS[1], 'd:' .. ARGV[1], ARGV[3])
redis.call('HINCRBY', KEYS[1], 'w', 1)
redis.call('HDEL', KEYS[1], 't')
move(KEYS[5], ARGV[4], stateIn(former), 'discarded')
leaveCause(former, ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
ended(KEYS[1], KEYS[2], KEYS[4], ARGV[2], ARGV[5])
redis.call('PUBLISH', '{sb}:tail', ARGV[6])
return 1`,
  },
  ...historyScripts,
} as const;
