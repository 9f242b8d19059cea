/** The record's keys and its Lua scripts. Every script may run twice with the same arguments and does its work once. */

/** `sb:e:<26>` is a hash: m meta, b body, z bytes, o open deliveries, r route tags, `d:<tag>` delivery, `a:<tag>:<n>` attempt. */
export const keys = {
  event: (id26: string): string => `sb:e:${id26}`,
  /** Remembers a provider's delivery id of a source. */
  dedupe: (source: string, key: string): string => `sb:k:${source}:${key}`,
  /** Zset of all events, score 0: the ids themselves sort by time. */
  events: "sb:events",
  /** Zset of open deliveries by the time they are due (epoch ms). */
  open: "sb:open",
  /** Zset of dead letters by the time they died (epoch ms). */
  dead: "sb:dead",
  /** Bytes held by all events together. */
  bytes: "sb:bytes",
  /** Hash of counts of refused requests, `source|code`, and the list of the latest. */
  refusals: "sb:refusals",
  refused: "sb:refused",
  /** Channel on which what happens is told to whoever follows. */
  tail: "sb:tail",
} as const;

/** Scripts by name, with the number of their keys. */
export const scripts = {
  /** KEYS event events open bytes dedupe · ARGV id26 dedupeMs size meta body tags receivedAt news [tag dlv json]… → first event's id26, or "" when stored. */
  sbCommit: {
    numberOfKeys: 5,
    lua: `
if tonumber(ARGV[2]) > 0 then
  local first = redis.call('SET', KEYS[5], ARGV[1], 'NX', 'PX', ARGV[2], 'GET')
  if first and first ~= ARGV[1] then return first end
end
if redis.call('EXISTS', KEYS[1]) == 1 then return '' end
local fields = {'m', ARGV[4], 'b', ARGV[5], 'z', ARGV[3], 'r', ARGV[6], 'o', (#ARGV - 8) / 3}
for i = 9, #ARGV, 3 do
  fields[#fields + 1] = 'd:' .. ARGV[i]
  fields[#fields + 1] = ARGV[i + 2]
  redis.call('ZADD', KEYS[3], ARGV[7], ARGV[i + 1])
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('INCRBY', KEYS[4], ARGV[3])
redis.call('PUBLISH', 'sb:tail', ARGV[8])
return ''`,
  },
  /** KEYS event open dead bytes · ARGV tag dlv delivery attempt attemptNumber state dueAt now news → 1, or 0 when there is no such record. */
  sbSettle: {
    numberOfKeys: 4,
    lua: `
if redis.call('HEXISTS', KEYS[1], 'd:' .. ARGV[1]) == 0 then return 0 end
local field = 'a:' .. ARGV[1] .. ':' .. ARGV[5]
local size = #ARGV[4] + 60 - redis.call('HSTRLEN', KEYS[1], field)
redis.call('HSET', KEYS[1], 'd:' .. ARGV[1], ARGV[3], field, ARGV[4])
redis.call('HINCRBY', KEYS[1], 'z', size)
redis.call('INCRBY', KEYS[4], size)
if ARGV[6] == 'retrying' then
  redis.call('ZADD', KEYS[2], ARGV[7], ARGV[2])
elseif redis.call('ZREM', KEYS[2], ARGV[2]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'o', -1)
end
if ARGV[6] == 'dead' then redis.call('ZADD', KEYS[3], ARGV[8], ARGV[2]) end
redis.call('PUBLISH', 'sb:tail', ARGV[9])
return 1`,
  },
  /** Opens a delivery (again). KEYS event open dead · ARGV tag dlv delivery now tags → 1, or 0 when there is no such event. */
  sbReopen: {
    numberOfKeys: 3,
    lua: `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'd:' .. ARGV[1], ARGV[3], 'r', ARGV[5])
redis.call('HDEL', KEYS[1], 'q')
if redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2]) == 1 then redis.call('HINCRBY', KEYS[1], 'o', 1) end
redis.call('ZREM', KEYS[3], ARGV[2])
return 1`,
  },
  /** Drops the oldest events without open deliveries: all before ARGV[1] (id26), and as many as bring the bytes below ARGV[2].
      KEYS events bytes dead · ARGV before maxBytes skip count → events dropped, events looked at. */
  sbForget: {
    numberOfKeys: 3,
    lua: `
local ids = redis.call('ZRANGE', KEYS[1], ARGV[3], ARGV[3] + ARGV[4] - 1)
local bytes = tonumber(redis.call('GET', KEYS[2]) or '0')
local dropped, seen = 0, 0
for _, id in ipairs(ids) do
  if not (id < ARGV[1] or bytes > tonumber(ARGV[2])) then break end
  seen = seen + 1
  local key = 'sb:e:' .. id
  local of = redis.call('HMGET', key, 'o', 'z', 'r')
  if not of[1] or tonumber(of[1]) <= 0 then
    for tag in string.gmatch(of[3] or '', '[^,]+') do redis.call('ZREM', KEYS[3], 'dlv_' .. id .. tag) end
    redis.call('UNLINK', key)
    redis.call('ZREM', KEYS[1], id)
    bytes = redis.call('DECRBY', KEYS[2], of[2] or 0)
    dropped = dropped + 1
  end
end
return {dropped, seen}`,
  },
} as const;
