/**
 * Lines in Lua: which deliveries with the same key become queue entries. Called by the scripts that commit and settle, so that a
 * line never knows less than the record, and by those that mend. `addJob` is queue-scripts.ts's.
 * `{sb}:lines` line → the delivery whose turn it is, where it stops the line followed by `|park` or `|hold`, when and of what;
 * `{sb}:ln:<line>` those that wait, by microseconds of their receipt; `{sb}:lt:<line>` when those of the period began;
 * `{sb}:lb:<delivery>` the deliveries of a batch; `{sb}:due` lines by when the next may begin; `{sb}:blocked` those that are stopped.
 */

/** A batch ends before its events take more bytes in the store than this. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** So many begin in one script, and the others in the next: nobody else is served meanwhile. */
const MAX_STEPS = 1_000;

/** Reads and writes what one delivery's record says. Times are epoch ms. */
const RECORDS = `
local function textOf(dlv) return redis.call('HGET', '{sb}:e:' .. string.sub(dlv, 5, 30), 'd:' .. string.sub(dlv, 31)) end
local function isOpen(text)
  local state = text and string.match(text, ',"s":"(%a+)"')
  return state == 'pending' or state == 'retrying' or state == 'held'
end
local function receivedAt(dlv)
  local time = 0
  for at = 5, 14 do time = time * 32 + string.find('0123456789abcdefghjkmnpqrstvwxyz', string.sub(dlv, at, at), 1, true) - 1 end
  return time
end
local woken = {}
local function enqueue(dlv, text, now, again)
  local route, target = string.match(text, '^{"r":"([^"]*)","t":"([^"]*)"')
  if string.find(text, '"k":0,"g":"initial"', 1, true) == nil then again = true end
  local data, due = again and '{"again":true}' or '{}', tonumber(string.match(text, ',"x":(%d+)') or 0)
  if due > now then addJobLater('{sb}:q:' .. target .. ':', dlv, route, now, due - now, data)
  else addJob('{sb}:q:' .. target .. ':', dlv, route, now, data) end
  woken[target] = true
end
local function isQueued(dlv, text)
  return redis.call('EXISTS', '{sb}:q:' .. string.match(text, '"t":"([^"]*)"') .. ':' .. dlv) == 1
end
local function behind(line, dlv, at)
  local last = redis.call('ZREVRANGE', '{sb}:ln:' .. line, 0, 0, 'WITHSCORES')[2]
  local score = at * 1000
  if last and tonumber(last) >= score then score = tonumber(last) + 1 end
  redis.call('ZADD', '{sb}:ln:' .. line, 'NX', score, dlv)
end
`;

/** Ends what a newer one takes the place of. Needs `move`, `stateIn`, `leaveCause` and `ended` of the record's scripts. */
const SUPERSEDE = `
local function supersede(dlv, by, now)
  local text = textOf(dlv)
  if not isOpen(text) then return end
  local event = '{sb}:e:' .. string.sub(dlv, 5, 30)
  local route, target = string.match(text, '^{"r":"([^"]*)","t":"([^"]*)"')
  local source = string.match(redis.call('HGET', event, 'm'), '"source":"([^"]*)"')
  local made = string.gsub(text, ',"s":"%a+"', ',"s":"superseded"', 1)
  made = string.gsub(made, ',"u":%d+', ',"u":' .. string.format('%.0f', now), 1)
  made = string.sub(string.gsub(made, ',"x":%d+', '', 1), 1, -2) .. ',"p":"' .. by .. '"}'
  redis.call('HSET', event, 'd:' .. string.sub(dlv, 31), made)
  redis.call('HINCRBY', event, 'w', 1)
  redis.call('HDEL', event, 't')
  move('{sb}:l:' .. string.format('%.0f', math.floor(receivedAt(dlv) / 3600000)), source, stateIn(text), 'superseded')
  ended(event, '{sb}:open', '{sb}:settled', dlv, target)
  redis.call('PUBLISH', '{sb}:tail', '{"delivery":"' .. dlv .. '","route":"' .. route .. '","target":"' .. target .. '","state":"superseded","attempt":0}')
end
local function supersedeAll(line, by, now)
  for _, dlv in ipairs(redis.call('ZRANGE', '{sb}:ln:' .. line, 0, -1)) do supersede(dlv, by, now) end
  redis.call('DEL', '{sb}:ln:' .. line)
end
`;

/** One at a time. */
const TURNS = `
local function advance(line, now)
  redis.call('ZREM', '{sb}:blocked', line)
  while true do
    local dlv = redis.call('ZPOPMIN', '{sb}:ln:' .. line)[1]
    if not dlv then return redis.call('HDEL', '{sb}:lines', line) end
    local text = textOf(dlv)
    if isOpen(text) then
      redis.call('HSET', '{sb}:lines', line, dlv)
      return enqueue(dlv, text, now)
    end
  end
end
local function leave(line, dlv, state, onDead, code, now)
  if string.sub(line, 9, 9) == 'b' and state ~= 'discarded' then redis.call('DEL', '{sb}:lb:' .. dlv) end
  local turn = redis.call('HGET', '{sb}:lines', line)
  if not turn or string.sub(turn, 1, 38) ~= dlv then return redis.call('ZREM', '{sb}:ln:' .. line, dlv) end
  if state == 'dead' and (onDead == 'park' or onDead == 'hold') then
    redis.call('HSET', '{sb}:lines', line, dlv .. '|' .. onDead .. '|' .. string.format('%.0f', now) .. '|' .. code)
    return redis.call('ZADD', '{sb}:blocked', now, line)
  end
  advance(line, now)
end
`;

/** So many in a period, and those that wait for its end; collected into batches. */
const TIMES = `
local function roomAt(line, count, period, now)
  local key = '{sb}:lt:' .. line
  local oldest = redis.call('LINDEX', key, 0)
  while oldest and tonumber(oldest) <= now - period do
    redis.call('LPOP', key)
    oldest = redis.call('LINDEX', key, 0)
  end
  return redis.call('LLEN', key) >= count and tonumber(oldest) + period or nil
end
local MAX_BYTES, MAX_STEPS = ${MAX_BATCH_BYTES}, ${MAX_STEPS}
local function begin(line, dlv, text, period, now)
  redis.call('RPUSH', '{sb}:lt:' .. line, now)
  redis.call('PEXPIRE', '{sb}:lt:' .. line, period)
  enqueue(dlv, text, now)
end
local function go(line, terms, now)
  local letter = string.sub(line, 9, 9)
  local first, second = string.match(terms, '^(%d+),(%d+)')
  first, second = tonumber(first), tonumber(second)
  for _ = 1, MAX_STEPS do
    local oldest = redis.call('ZRANGE', '{sb}:ln:' .. line, 0, 0, 'WITHSCORES')
    if not oldest[1] then return redis.call('ZREM', '{sb}:due', line) end
    if letter == 't' then
      local at = roomAt(line, first, second, now)
      if at then return redis.call('ZADD', '{sb}:due', at, line) end
      redis.call('ZREM', '{sb}:ln:' .. line, oldest[1])
      local text = textOf(oldest[1])
      if isOpen(text) then begin(line, oldest[1], text, second, now) end
    else
      local at = tonumber(oldest[2]) / 1000 + second
      if at > now and redis.call('ZCARD', '{sb}:ln:' .. line) < first then return redis.call('ZADD', '{sb}:due', at, line) end
      local lead, batch, bytes = nil, {}, 0
      for _, dlv in ipairs(redis.call('ZRANGE', '{sb}:ln:' .. line, 0, first - 1)) do
        local text = textOf(dlv)
        if isOpen(text) then
          bytes = bytes + (redis.call('HGET', '{sb}:e:' .. string.sub(dlv, 5, 30), 'z') or 0)
          if lead and bytes > MAX_BYTES then break end
          lead = lead or dlv
          batch[#batch + 1] = dlv
          text = string.sub(string.gsub(text, ',"j":"[^"]*"', '', 1), 1, -2) .. ',"j":"' .. lead .. '"}'
          redis.call('HSET', '{sb}:e:' .. string.sub(dlv, 5, 30), 'd:' .. string.sub(dlv, 31), text)
        end
        redis.call('ZREM', '{sb}:ln:' .. line, dlv)
      end
      if lead then
        redis.call('DEL', '{sb}:lb:' .. lead)
        redis.call('RPUSH', '{sb}:lb:' .. lead, unpack(batch))
        redis.call('EXPIRE', '{sb}:lb:' .. lead, 2592000)
        enqueue(lead, textOf(lead), now, true)
      end
    end
  end
  redis.call('ZADD', '{sb}:due', now, line)
end
`;

/** Into the line, as a new delivery comes to it. */
const STAND = `
local function stand(line, dlv, text, terms, now)
  local letter = string.sub(line, 9, 9)
  if letter == 'o' or letter == 'l' then
    if redis.call('HSETNX', '{sb}:lines', line, dlv) == 1 then return enqueue(dlv, text, now) end
    if letter == 'l' then supersedeAll(line, dlv, now) end
    return behind(line, dlv, now)
  end
  if letter == 't' and string.sub(terms, -6) == 'latest' then supersedeAll(line, dlv, now) end
  behind(line, dlv, now)
  go(line, terms, now)
end
`;

/** Puts right what a delivery's place is: in its queue, in its line, or at its head. True where something was to be done. */
const MEND = `
local function mend(line, dlv, terms, now)
  local text = textOf(dlv)
  if not isOpen(text) then return false end
  local letter, waiting = string.sub(line, 9, 9), redis.call('ZSCORE', '{sb}:ln:' .. line, dlv)
  if letter == 't' or letter == 'b' then
    local lead = string.match(text, ',"j":"([^"]*)"')
    local led = lead and lead ~= dlv and textOf(lead) or lead == dlv and text or nil
    if isOpen(led) and string.find(led, ',"j":"' .. lead .. '"', 1, true) then
      if isQueued(lead, led) then return false end
      enqueue(lead, led, now, true)
      return true
    end
    if letter == 't' and isQueued(dlv, text) then return false end
    -- Those of a batch whose first is gone go together again.
    for _, one in ipairs(lead and redis.call('LRANGE', '{sb}:lb:' .. lead, 0, -1) or {}) do
      local of = textOf(one)
      if isOpen(of) and string.find(of, ',"j":"' .. lead .. '"', 1, true) then
        redis.call('ZADD', '{sb}:ln:' .. line, 'NX', receivedAt(one) * 1000, one)
      end
    end
    if lead then redis.call('DEL', '{sb}:lb:' .. lead) end
    local known = waiting and redis.call('ZSCORE', '{sb}:due', line)
    if not waiting then redis.call('ZADD', '{sb}:ln:' .. line, 'NX', receivedAt(dlv) * 1000, dlv) end
    go(line, terms, now)
    return not known
  end
  local turn = redis.call('HGET', '{sb}:lines', line)
  if turn and string.sub(turn, 1, 38) == dlv then
    redis.call('ZREM', '{sb}:ln:' .. line, dlv)
    if #turn > 38 then
      redis.call('HSET', '{sb}:lines', line, dlv)
      redis.call('ZREM', '{sb}:blocked', line)
    end
    if isQueued(dlv, text) then return false end
    enqueue(dlv, text, now)
    return true
  end
  if not waiting then redis.call('ZADD', '{sb}:ln:' .. line, receivedAt(dlv) * 1000, dlv) end
  if turn and (#turn > 38 or isOpen(textOf(turn))) then return not waiting end
  advance(line, now)
  return true
end
`;

/** `lines()` makes the functions above: what does not stand in a line does not pay for them. `add` is queue-scripts.ts's. */
export function linesScript(add: string): string {
  return `local function lines()
${add}${RECORDS}${SUPERSEDE}${TURNS}${TIMES}${STAND}${MEND}
return {stand = stand, leave = leave, go = go, mend = mend, woken = woken}
end
local function wake(woken)
  for target in pairs(woken) do redis.call('ZADD', '{sb}:ready', 0, target) end
end
`;
}

/** Those that mend, release and go on; `move` is the record's part. Each may run twice with the same arguments. */
export function lineScripts(add: string, move: string) {
  const shared = move + linesScript(add);
  return {
    /** ARGV now line delivery terms → 1 where something was to be done. */
    sbMend: {
      numberOfKeys: 0,
      lua: `${shared}
local of = lines()
local mended = of.mend(ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[1]))
wake(of.woken)
return mended and 1 or 0`,
    },
    /** A delivery that has ended without having been settled goes out of its line. ARGV now line delivery. */
    sbLeave: {
      numberOfKeys: 0,
      lua: `${shared}
local of = lines()
of.leave(ARGV[2], ARGV[3], 'discarded', 'skip', '', tonumber(ARGV[1]))
wake(of.woken)
return 1`,
    },
    /** ARGV now line terms: lets those begin whose time has come. */
    sbGo: {
      numberOfKeys: 0,
      lua: `${shared}
local of = lines()
of.go(ARGV[2], ARGV[3], tonumber(ARGV[1]))
wake(of.woken)
return 1`,
    },
  } as const;
}
