/** The Lua script by which versions of routes are kept. */

export const versionScripts = {
  /**
   * A route runs by a version from now on. KEYS loads texts ages bytes · ARGV version|now|loads|versions|bytes, load, texts deflated ("" where
   * they are known) → 1 where that is new. Run twice with the same arguments it does its work once.
   */
  sbKeepVersion: {
    numberOfKeys: 4,
    lua: `
local version, now, loads, versions, bytes = string.match(ARGV[1], '^(.-)|(.-)|(.-)|(.-)|(.*)$')
local function drop(one)
  local text = redis.call('HGET', KEYS[2], one)
  if text then
    redis.call('HDEL', KEYS[2], one)
    redis.call('DECRBY', KEYS[4], #text)
  end
  redis.call('ZREM', KEYS[3], one)
end
local known = redis.call('LRANGE', KEYS[1], 0, -1)
local isNew = not known[1] or string.sub(known[1], 1, 12) ~= version
for _, one in ipairs(known) do if one == ARGV[2] then isNew = false end end
if isNew then redis.call('LPUSH', KEYS[1], ARGV[2]) end
redis.call('ZADD', KEYS[3], now, version)
if ARGV[3] ~= '' and redis.call('HEXISTS', KEYS[2], version) == 0 then
  redis.call('HSET', KEYS[2], version, ARGV[3])
  redis.call('INCRBY', KEYS[4], #ARGV[3])
end
while redis.call('LLEN', KEYS[1]) > tonumber(loads) do
  local gone = string.sub(redis.call('RPOP', KEYS[1]), 1, 12)
  local again = false
  for _, one in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    if string.sub(one, 1, 12) == gone then again = true end
  end
  if not again then drop(gone) end
end
while redis.call('ZCARD', KEYS[3]) > tonumber(versions) or tonumber(redis.call('GET', KEYS[4]) or 0) > tonumber(bytes) do
  local oldest = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
  if not oldest or oldest == version then break end
  drop(oldest)
end
return isNew and 1 or 0`,
  },
} as const;
