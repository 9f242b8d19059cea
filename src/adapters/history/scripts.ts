/** The history's Lua scripts: reading hot events, sealing, thawing, dropping, forgetting. Each may run twice and does its work once, but `sbRepeat`. */

/** So many arguments are given to a command at once: Lua's stack holds some thousands. */
const MANY = 1_000;

/** Takes an event's hash and everything that leads to it away; `of` is its fields z, x. */
const REMOVE = `
local function remove(id, bytes, hashes)
  for hash in string.gmatch(hashes or '', '%x+') do redis.call('ZREM', '{sb}:x', hash .. id) end
  redis.call('UNLINK', '{sb}:e:' .. id)
  redis.call('ZREM', '{sb}:events', id)
  redis.call('ZREM', '{sb}:settled', id)
  redis.call('DECRBY', '{sb}:bytes', bytes or 0)
end
local function leave(dlv, cause)
  redis.call('ZREM', '{sb}:dead', dlv)
  if not cause or cause == '' then return end
  redis.call('ZREM', '{sb}:dg:' .. cause, dlv)
  if redis.call('EXISTS', '{sb}:dg:' .. cause) == 0 then redis.call('HDEL', '{sb}:dc', cause) end
end
local function raiseFloor(id)
  if id > (redis.call('GET', '{sb}:floor') or '') then redis.call('SET', '{sb}:floor', id) end
end
`;

export const historyScripts = {
  /** Open deliveries by target. ARGV targets, a line each → of those that have some: [target, how many, when the oldest was received]… */
  sbOldest: {
    numberOfKeys: 0,
    lua: `
local found = {}
for target in string.gmatch(ARGV[1], '[^\\n]+') do
  local first = redis.call('ZRANGE', '{sb}:o:' .. target, 0, 0, 'WITHSCORES')
  if first[2] then found[#found + 1] = {target, redis.call('ZCARD', '{sb}:o:' .. target), first[2]} end
end
return found`,
  },
  /** Hot events, newest first, bodies left out. KEYS events|index directoryChanges · ARGV below above count
      → last change of the directory, [id26, m, bytes, d…]…, members seen, the last of them. What is not hot at this moment is in the
      directory of this very change. */
  sbHot: {
    numberOfKeys: 2,
    lua: `
local ids = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'BYLEX', 'REV', 'LIMIT', 0, ARGV[3])
local rows = {}
for _, member in ipairs(ids) do
  local id = string.sub(member, -26)
  local key = '{sb}:e:' .. id
  local of = redis.call('HMGET', key, 'm', 'r')
  if of[1] then
    local row = {id, of[1], redis.call('HSTRLEN', key, 'b')}
    for tag in string.gmatch(of[2] or '', '[^,]+') do
      row[#row + 1] = redis.call('HGET', key, 'd:' .. tag) or ''
    end
    rows[#rows + 1] = row
  end
end
return {redis.call('GET', KEYS[2]) or '0', rows, #ids, string.sub(ids[#ids] or '', -26)}`,
  },
  /** Settled events but for their bodies, which are read beside it: as a text of Lua's one costs the store more than all the rest.
      KEYS events · ARGV id26… → for each [changes, held since, its fields, a line each]; [] where it is open or gone. */
  sbRead: {
    numberOfKeys: 1,
    lua: `local MANY = ${MANY}
local rows = {}
for at, id in ipairs(ARGV) do
  local key, has, names = '{sb}:e:' .. id, false, {}
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if name == 'b' then has = true
    elseif name ~= 'o' and name ~= 'w' and name ~= 't' and name ~= 'z' then names[#names + 1] = name end
  end
  rows[at] = {}
  if has then
    local of = redis.call('HMGET', key, 'w', 't', 'o')
    if tonumber(of[3] or '0') <= 0 then
      for first = 1, #names, MANY do
        local texts = redis.call('HMGET', key, unpack(names, first, math.min(first + MANY - 1, #names)))
        for nth, text in ipairs(texts) do names[first + nth - 1] = names[first + nth - 1] .. '=' .. text end
      end
      rows[at] = {of[1] or '', of[2] or '', table.concat(names, '\\n')}
    end
  end
end
return rows`,
  },
  /** Puts settled events into segments in place of others, all or nothing. KEYS directory directoryChanges sealedBytes
      · ARGV changes former(,) bytes, how many segments, [number entry m i c b]… of them, [id26 w]… → [] when done, ["moved"] when the
      directory has changed, otherwise "differ" and the ids that are open, gone or changed since they were read. */
  sbSeal: {
    numberOfKeys: 3,
    lua: `local MANY = ${MANY}
if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[1] then return {'moved'} end
local events = 5 + 6 * tonumber(ARGV[4])
for at = 5, events - 1, 6 do
  if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 1 then return {'moved'} end
end
local differing, sizes = {'differ'}, {}
for at = events, #ARGV, 2 do
  local of = redis.call('HMGET', '{sb}:e:' .. ARGV[at], 'o', 'w', 'z', 'x')
  if not of[1] or tonumber(of[1]) > 0 or (of[2] or '') ~= ARGV[at + 1] then differing[#differing + 1] = ARGV[at] end
  sizes[#sizes + 1] = of
end
if #differing > 1 then return differing end
for former in string.gmatch(ARGV[2], '[^,]+') do
  redis.call('HDEL', KEYS[1], former)
  local base = '{sb}:s:' .. former .. ':'
  redis.call('UNLINK', base .. 'm', base .. 'i', base .. 'c', base .. 'b')
end
for at = 5, events - 1, 6 do
  local base = '{sb}:s:' .. ARGV[at] .. ':'
  if ARGV[at + 2] ~= '' then
    redis.call('MSET', base .. 'm', ARGV[at + 2], base .. 'i', ARGV[at + 3], base .. 'c', ARGV[at + 4], base .. 'b', ARGV[at + 5])
  end
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
end
redis.call('INCRBY', KEYS[3], ARGV[3])
redis.call('SET', KEYS[2], ARGV[5])
local ids, hashes, bytes = {}, {}, 0
for at = events, #ARGV, 2 do
  local of = sizes[(at - events) / 2 + 1]
  ids[#ids + 1] = ARGV[at]
  bytes = bytes + (of[3] or 0)
  for hash in string.gmatch(of[4] or '', '%x+') do hashes[#hashes + 1] = hash .. ARGV[at] end
end
for first = 1, #ids, MANY do
  local some, events = {unpack(ids, first, math.min(first + MANY - 1, #ids))}, {}
  for at, id in ipairs(some) do events[at] = '{sb}:e:' .. id end
  redis.call('UNLINK', unpack(events))
  redis.call('ZREM', '{sb}:events', unpack(some))
  redis.call('ZREM', '{sb}:settled', unpack(some))
end
for first = 1, #hashes, MANY do redis.call('ZREM', '{sb}:x', unpack(hashes, first, math.min(first + MANY - 1, #hashes))) end
if bytes ~= 0 then redis.call('DECRBY', '{sb}:bytes', bytes) end
return {}`,
  },
  /** Notes a repetition. KEYS event's repetitions, all · ARGV row keptOfEvent kept seconds → how often the event came again. */
  sbRepeat: {
    numberOfKeys: 2,
    lua: `
local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
redis.call('HSET', KEYS[1], n, ARGV[1])
redis.call('HDEL', KEYS[1], n - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, ARGV[3] - 1)
return n`,
  },
  /** Makes a sealed event hot again, and keeps a settled one from being sealed for whoever is about to change it.
      KEYS event directory events settled bytes · ARGV number id26 size now [field value]…
      → 1, or 0 when it is not hot and the segment is not there any more. */
  sbThaw: {
    numberOfKeys: 5,
    lua: `
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 't', ARGV[4])
  redis.call('HINCRBY', KEYS[1], 'w', 1)
  return 1
end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 0 end
for at = 5, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  if ARGV[at] == 'x' then
    for hash in string.gmatch(ARGV[at + 1], '%x+') do redis.call('ZADD', '{sb}:x', 0, hash .. ARGV[2]) end
  end
end
redis.call('HSET', KEYS[1], 'o', 0, 'z', ARGV[3], 't', ARGV[4])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
redis.call('ZADD', KEYS[4], 0, ARGV[2])
redis.call('INCRBY', KEYS[5], ARGV[3])
return 1`,
  },
  /** Drops a segment; what is hot of its events stays. KEYS directory directoryChanges sealedBytes · ARGV number bytes last change [dlv cause]…
      → 1, or 0 when it was not there. */
  sbDrop: {
    numberOfKeys: 3,
    lua: `${REMOVE}
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[4])
redis.call('DECRBY', KEYS[3], ARGV[2])
local base = '{sb}:s:' .. ARGV[1] .. ':'
redis.call('UNLINK', base .. 'm', base .. 'i', base .. 'c', base .. 'b')
raiseFloor(ARGV[3])
for at = 5, #ARGV, 2 do
  if redis.call('EXISTS', '{sb}:e:' .. string.sub(ARGV[at], 5, 30)) == 0 then leave(ARGV[at], ARGV[at + 1]) end
end
return 1`,
  },
  /** Drops the oldest hot events without open deliveries before ARGV[3]: all before ARGV[1], and as many as bring all bytes below ARGV[2].
      KEYS events bytes sealedBytes · ARGV before maxBytes within skip count → events dropped, events looked at. */
  sbForget: {
    numberOfKeys: 3,
    lua: `${REMOVE}
local ids = redis.call('ZRANGE', KEYS[1], ARGV[4], ARGV[4] + ARGV[5] - 1)
local bytes = tonumber(redis.call('GET', KEYS[2]) or '0') + tonumber(redis.call('GET', KEYS[3]) or '0')
local dropped, seen = 0, 0
for _, id in ipairs(ids) do
  if id >= ARGV[3] or not (id < ARGV[1] or bytes > tonumber(ARGV[2])) then break end
  seen = seen + 1
  local key = '{sb}:e:' .. id
  local of = redis.call('HMGET', key, 'o', 'z', 'r', 'x')
  if not of[1] or tonumber(of[1]) <= 0 then
    for tag in string.gmatch(of[3] or '', '[^,]+') do
      local delivery = redis.call('HGET', key, 'd:' .. tag)
      leave('dlv_' .. id .. tag, delivery and string.match(delivery, ',"f":"(%x+)"'))
    end
    remove(id, of[2], of[4])
    raiseFloor(id)
    bytes = bytes - (of[2] or 0)
    dropped = dropped + 1
  end
end
return {dropped, seen}`,
  },
} as const;
