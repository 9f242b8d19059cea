/** The record's Lua scripts of an event's path. Every script may run twice with the same arguments and does its work once. */

/**
 * What scripts share about a delivery: `move` counts it from one state to another in its hour's ledger (`was` and `now` are "" where there
 * is no such side), `stateIn` and `holdIn` read its state and its hold, `leaveCause` takes it out of what it died of, `ended` out of what
 * is open, and `closeHold` ends its hold.
 */
export const DELIVERY_LUA = `
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
  redis.call('ZREM', '{sb}:dg:' .. cause, dlv)
  if redis.call('EXISTS', '{sb}:dg:' .. cause) == 0 then redis.call('HDEL', '{sb}:dc', cause) end
end
local function ended(event, open, settled, dlv, target)
  redis.call('ZREM', '{sb}:o:' .. target, dlv)
  if redis.call('ZREM', open, dlv) == 1 and redis.call('HINCRBY', event, 'o', -1) <= 0 then
    redis.call('ZADD', settled, 0, string.sub(dlv, 5, 30))
  end
end
local function holdIn(delivery)
  return delivery and string.match(delivery, ',"o":"(hld_%w+)"')
end
local function closeHold(id, state, why, now)
  local key = '{sb}:h:' .. id
  local was = redis.call('HGET', key, 's')
  if was ~= 'waiting' and (was ~= 'approved' or state ~= 'superseded') then return end
  redis.call('HSET', key, 's', state, 'w', why, 'u', now)
  redis.call('ZREM', '{sb}:h:due', id)
  redis.call('ZREM', '{sb}:h:waiting', id)
  redis.call('ZADD', '{sb}:h:ended', now, id)
end
`;

/**
 * What a script counts in ledgers and by how many bytes the record grows, added up over all its commits or settles, and written at its
 * end, as are members that it adds to a set and does not read. With `seconds` a ledger is begun where there is none.
 */
const COUNTING = `
local counted, begun, grown, added = {}, {}, 0, {}
local function add(set, member)
  local of = added[set] or {}
  added[set] = of
  of[#of + 1] = 0
  of[#of + 1] = member
  -- Lua passes on some thousand arguments at most.
  if #of < 2000 then return end
  redis.call('ZADD', set, unpack(of))
  added[set] = nil
end
local function count(ledger, source, what, by, seconds)
  local of = counted[ledger] or {}
  counted[ledger] = of
  of[source .. '|' .. what] = (of[source .. '|' .. what] or 0) + by
  if seconds then begun[ledger] = seconds end
end
local function writeCounts()
  if grown ~= 0 then redis.call('INCRBY', '{sb}:bytes', grown) end
  for set, of in pairs(added) do redis.call('ZADD', set, unpack(of)) end
  for ledger, of in pairs(counted) do
    local seconds = begun[ledger]
    if seconds or redis.call('EXISTS', ledger) == 1 then
      for what, by in pairs(of) do
        if by ~= 0 and redis.call('HINCRBY', ledger, what, by) == by and seconds then redis.call('EXPIRE', ledger, seconds) end
      end
    end
  end
end
`;

/** See `sbCommit`. */
const COMMIT = `
local id, dedupeMs, size, receivedAt, source, seconds, hashes, kept =
  string.match(ARGV[1], '^(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.*)$')
if dedupeMs ~= '0' then
  local first = redis.call('SET', KEYS[2], id, 'NX', 'PX', dedupeMs, 'GET')
  if first == id then return '=' end
  if first then
    count(KEYS[3], source, 'duplicates', 1, seconds)
    if redis.call('EXISTS', '{sb}:e:' .. first) == 1 then redis.call('HINCRBY', '{sb}:e:' .. first, 'u', 1) end
    return first
  end
end
if redis.call('EXISTS', KEYS[1]) == 1 then return '=' end
local made = (#ARGV - 4) / 2
local tags, standing, reply = {}, nil, ''
local fields = {'m', ARGV[2], 'b', ARGV[3], 'z', size, 'o', made}
if hashes ~= '' then
  fields[#fields + 1] = 'x'
  fields[#fields + 1] = hashes
  for hash in string.gmatch(hashes, '%x+') do add('{sb}:x', hash .. id) end
end
for i = 5, #ARGV, 2 do
  local tag, dueAt, terms, wakes, line = ARGV[i], receivedAt, nil, nil, nil
  if #tag > 8 then
    local after = string.sub(tag, 9)
    tag, dueAt = string.sub(tag, 1, 8), string.match(after, '^@([%d.]+)') or receivedAt
    terms, wakes, line = string.match(after, '|(.-)|(.-)|(.*)$')
  end
  local dlv = 'dlv_' .. id .. tag
  tags[#tags + 1] = tag
  fields[#fields + 1] = 'd:' .. tag
  fields[#fields + 1] = ARGV[i + 1]
  redis.call('ZADD', '{sb}:open', dueAt, dlv)
  local route, target = string.match(ARGV[i + 1], '^{"r":"([^"]*)","t":"([^"]*)"')
  redis.call('ZADD', '{sb}:o:' .. target, receivedAt, dlv)
  if line then
    standing = standing or {}
    standing[#standing + 1] = {line, dlv, ARGV[i + 1], terms, wakes, target}
  elseif dueAt == receivedAt then
    addJob('{sb}:q:' .. target .. ':', dlv, route, receivedAt)
  else
    addJobLater('{sb}:q:' .. target .. ':', dlv, route, receivedAt, dueAt - receivedAt)
  end
end
fields[#fields + 1] = 'r'
fields[#fields + 1] = table.concat(tags, ',')
redis.call('HSET', KEYS[1], unpack(fields))
add('{sb}:events', id)
grown = grown + size
count(KEYS[3], source, 'events', 1, seconds)
if made == 0 then
  redis.call('ZADD', '{sb}:settled', 0, id)
  count(KEYS[3], source, kept, 1, seconds)
else
  count(KEYS[3], source, 'made', made, seconds)
  count(KEYS[3], source, 'pending', made, seconds)
end
if standing then
  local of = lines()
  for _, one in ipairs(standing) do of.stand(one[1], one[2], one[3], one[4], tonumber(receivedAt)) end
  for _, one in ipairs(standing) do
    if one[5] == '1' and of.woken[one[6]] then
      of.woken[one[6]] = nil
      reply = '+'
    end
  end
  wake(of.woken)
end
redis.call('PUBLISH', '{sb}:tail', ARGV[4])
return reply`;

/** See `sbSettle`. Ends a delivery as `ended` does, within the one write of its event's hash. */
const SETTLE = `local function settle(KEYS, ARGV)
local dlv, number, state, dueAt, now, source, target, cause, line, onDead, code =
  string.match(ARGV[1], '^(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.-)|(.*)$')
local tag = string.sub(dlv, 31)
local attempt, made = 'a:' .. tag .. ':' .. number, 'p:' .. tag
local held = redis.call('HMGET', KEYS[1], 'd:' .. tag, 'z', 'w', 'o', 't', attempt, made)
local former = held[1]
if not former then return 0 end
local was = stateIn(former)
local isOpen = redis.call(state == 'retrying' and 'ZSCORE' or 'ZREM', '{sb}:open', dlv)
-- What has ended meanwhile, by a quicker worker or a person's wish, stays so, unless the slow one delivered it: its attempt is written down.
if (not isOpen or isOpen == 0) and (state ~= 'delivered' or was == 'delivered') then
  if redis.call('HSETNX', KEYS[1], attempt, ARGV[3]) == 1 then
    redis.call('HINCRBY', KEYS[1], 'w', 1)
    redis.call('HINCRBY', KEYS[1], 'z', #ARGV[3] + 60)
    redis.call('HDEL', KEYS[1], 't')
    grown = grown + #ARGV[3] + 60
  end
  return 1
end
local size = #ARGV[3] + 60 - #(held[6] or '') + #ARGV[4] - #(held[7] or '')
local isOver = isOpen == 1 and state ~= 'retrying'
local stillOpen = (tonumber(held[4]) or 0) - (isOver and 1 or 0)
local fields = {'d:' .. tag, ARGV[2], attempt, ARGV[3], 'z', (tonumber(held[2]) or 0) + size, 'w', (tonumber(held[3]) or 0) + 1, 'o', stillOpen}
if ARGV[4] ~= '' then
  fields[#fields + 1] = made
  fields[#fields + 1] = ARGV[4]
elseif held[7] then
  redis.call('HDEL', KEYS[1], made)
end
redis.call('HSET', KEYS[1], unpack(fields))
if held[5] then redis.call('HDEL', KEYS[1], 't') end
grown = grown + size
if was ~= state then
  if was ~= '' then count(KEYS[2], source, was, -1) end
  count(KEYS[2], source, state, 1)
  if was == 'dead' then redis.call('ZREM', '{sb}:dead', dlv) end
end
leaveCause(former, dlv)
if state == 'retrying' then
  redis.call('ZADD', '{sb}:open', dueAt, dlv)
else
  redis.call('ZREM', '{sb}:o:' .. target, dlv)
  if isOver and stillOpen <= 0 then redis.call('ZADD', '{sb}:settled', 0, string.sub(dlv, 5, 30)) end
end
if state == 'dead' then
  redis.call('ZADD', '{sb}:dead', now, dlv)
  if cause ~= '' then
    redis.call('HSETNX', '{sb}:dc', cause, ARGV[6])
    redis.call('ZADD', '{sb}:dg:' .. cause, now, dlv)
  end
end
redis.call('PUBLISH', '{sb}:tail', ARGV[5])
if line ~= '' and state ~= 'retrying' then
  local of = lines()
  of.leave(line, dlv, state, onDead, code, tonumber(now))
  -- Whoever finishes this one takes what is next of the same queue.
  if string.match(ARGV[7] or '', '^[^|]*|[^|]*|[^|]*|[^|]*|1|') then of.woken[target] = nil end
  wake(of.woken)
end
return 1
end`;

/** What comes before a settle: whether what its attempt says of the target is to be told, which is told once. */
const TOLD = `
local told = (ARGV[8] or '') ~= ''
if told then
  local id, number = string.match(ARGV[1], '^(.-)|(.-)|')
  told = redis.call('HEXISTS', KEYS[1], 'a:' .. string.sub(id, 31) .. ':' .. number) == 0
end
local settled = settle(KEYS, ARGV)`;

/** What is answered, with what takes the delivery out of its queue where that comes along. */
const FINISH = `
local news = told and settled == 1 and flowReport(ARGV[8]) or ''
return {settled, (ARGV[7] or '') ~= '' and finishJob(ARGV[7]), news}`;

/**
 * Does for each what the function `name` does, as if it were alone: with the next `keys` of KEYS, and of ARGV as many as ARGV[1] says,
 * a number for each with commas between. Answers with what it returned, or the error; with the error alone where all have failed.
 */
const eachOf = (name: string, keys: number): string => `
local replies, from, nth, failed = {}, 2, 0, 0
for count in string.gmatch(ARGV[1], '%d+') do
  local done, reply = pcall(${name}, {unpack(KEYS, nth * ${keys} + 1, nth * ${keys} + ${keys})}, {unpack(ARGV, from, from + count - 1)})
  if not done then
    failed = failed + 1
    reply = {err = type(reply) == 'table' and reply.err or tostring(reply)}
  end
  nth = nth + 1
  from = from + count
  replies[nth] = reply
end
writeCounts()
if failed == nth then return replies[1] end
return replies`;

/** Those of an event's path, by name, with the number of their keys. */
export const scripts = {
  /** What comes in within a turn of the event loop costs the store and the sender one call. Calls `addJob` and `addJobLater` (queue-scripts.ts),
      and `lines` (line-scripts.ts). A tag is the route's 8 characters, then @dueAt where it waits, then |<terms>|<the sender wakes>|<line> where
      it stands in one. What is short goes as one text, since each argument costs the sender more than its bytes. The number of keys comes first · KEYS [event dedupe ledger]… · ARGV how many arguments each commit has (,), then of each
      id26|dedupeMs|size|receivedAt|source|ledgerSeconds|hashes(,)|quarantined or unrouted, meta, body, news, [tag delivery]…
      → for each: first event's id26, "" when stored, "+" where the sender is to wake for a line, "=" when it was there already, as when a
      commit is sent again: hot, or known by its dedupe key though sealed since; an error. The error alone where all have failed. */
  sbCommit: {
    lua: `${COUNTING}
local function commit(KEYS, ARGV)${COMMIT}
end${eachOf("commit", 3)}`,
  },
  /** What ends within a turn, likewise. The number of keys comes first · KEYS [event ledger]… · ARGV how many arguments each has (,), then
      of each delivery's id|attemptNumber|state|dueAt|now|source|target|cause|line|onDead|code, delivery, attempt, result, news, causeJson,
      what `finishJob` (queue-scripts.ts) takes or "", what `flowReport` (flow-scripts.ts) takes → for each, or the error: 1, or 0 when there
      is no such record; the queue's reply where it is told; what is new of the target. */
  sbSettle: {
    lua: `${DELIVERY_LUA}${COUNTING}${SETTLE}
local function settleOne(KEYS, ARGV)${TOLD}${FINISH}
end${eachOf("settleOne", 2)}`,
  },
  /** One settle with the event that follows from it. KEYS those of sbSettle, then of sbCommit · ARGV likewise, eight and the rest → as sbSettle for one.
      Calls `addJob`, `finishJob` and `flowReport`; wakes the queues. A script of its own, so that ends that nothing follows cost no more. */
  sbSettleFollowed: {
    numberOfKeys: 5,
    lua: `${DELIVERY_LUA}${COUNTING}${SETTLE}
local function commit(KEYS, ARGV)${COMMIT}
end${TOLD}
if settled == 1 then
  local args = {unpack(ARGV, 9)}
  if commit({KEYS[3], KEYS[4], KEYS[5]}, args) == '' then
    for i = 6, #args, 2 do redis.call('ZADD', '{sb}:ready', 0, string.match(args[i], ',"t":"([^"]*)"')) end
  end
end
writeCounts()${FINISH}`,
  },
  /** An open delivery waits without an attempt. KEYS event · ARGV dlv dueAt because, as JSON without quotes inside → 1, or 0 where it is not open. */
  sbPostpone: {
    numberOfKeys: 1,
    lua: `
local field = 'd:' .. string.sub(ARGV[1], 31)
local former = redis.call('HGET', KEYS[1], field)
if not former or not redis.call('ZSCORE', '{sb}:open', ARGV[1]) then return 0 end
local plain = string.gsub(string.gsub(former, ',"x":%d+', ''), ',"b":"[^"]*"', '')
local later = string.sub(plain, 1, -2) .. ',"x":' .. ARGV[2] .. ',"b":' .. ARGV[3] .. '}'
redis.call('HSET', KEYS[1], field, later)
redis.call('HINCRBY', KEYS[1], 'w', 1)
redis.call('ZADD', '{sb}:open', ARGV[2], ARGV[1])
return 1`,
  },
} as const;
