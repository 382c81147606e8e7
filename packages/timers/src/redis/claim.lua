-- Leases what is due, so that a crash before the acknowledgement loses nothing.
--
-- KEYS[1]  base
-- ARGV[1]  length of a window, ms
-- ARGV[2]  now, ms, by the caller's clock: Redis's own says nothing here
-- ARGV[3]  when the lease ends, ms
-- ARGV[4]  most timers to claim; 0 only tells what is next
-- Returns the generation (false when everything was lost), when to claim next ('' when nothing is armed),
--   and then centre and timers (24 bytes each) in turn.
-- Guarantees: a timer is in its window or leased, never neither; the longest overdue go first; what is
--   due by now and was not claimed makes the next instant one that has passed.
-- Cost: O(claimed) and a few calls for each centre with something due.
local now, lease_ends, limit = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local due = call('ZRANGE', base .. 'c', '-inf', ARGV[2], 'BYSCORE')
-- Of each centre no more is read than it is likely to have among the longest overdue.
local share = math.max(32, math.ceil(2 * limit / math.max(1, #due)))
local found, cutoff = {}, math.huge

local function find(centre, timer, window, offset, leased)
  found[#found + 1] = { centre = centre, timer = timer, window = window, leased = leased,
    at = window * WINDOW_MS + offset }
end

local function read_leases(centre)
  for _, timer in ipairs(call('ZRANGE', base .. 'l:' .. centre, '-inf', ARGV[2], 'BYSCORE', 'LIMIT', 0, limit)) do
    local window, offset = unpack_bytes('>I4I4', timer)
    find(centre, timer, window, offset, true)
  end
end

local function read_windows(centre)
  local left = share
  local last = math.floor(now / WINDOW_MS)
  for _, name in ipairs(call('ZRANGE', base .. 'd:' .. centre, '-inf', last, 'BYSCORE')) do
    local window = tonumber(name)
    local read = call('ZRANGE', base .. centre .. ':' .. name, '-inf', now - window * WINDOW_MS,
      'BYSCORE', 'LIMIT', 0, left, 'WITHSCORES')
    for n = 1, #read, 2 do
      local offset = tonumber(read[n + 1])
      find(centre, pack('>I4I4', window, offset) .. read[n], window, offset, false)
    end
    left = left - #read / 2
    if left == 0 then
      -- Something may lie behind what was read: none later than it goes before that.
      cutoff = math.min(cutoff, found[#found].at)
      return
    end
  end
end

-- The earliest instant of a centre; windows that turn out empty are forgotten.
local function earliest(centre)
  local lease = call('ZRANGE', base .. 'l:' .. centre, 0, 0, 'WITHSCORES')
  local best = tonumber(lease[2]) or math.huge
  while true do
    local name = call('ZRANGE', base .. 'd:' .. centre, 0, 0)[1]
    if not name then return best end
    local first = call('ZRANGE', base .. centre .. ':' .. name, 0, 0, 'WITHSCORES')
    if first[2] then return math.min(best, tonumber(name) * WINDOW_MS + tonumber(first[2])) end
    call('ZREM', base .. 'd:' .. centre, name)
  end
end

if limit > 0 then
  for _, centre in ipairs(due) do
    read_leases(centre)
    read_windows(centre)
  end
  table.sort(found, function(a, b) return a.at < b.at end)
end

local claimed, names = {}, {}
for n = 1, math.min(limit, #found) do
  local one = found[n]
  if one.at > cutoff then break end
  if not one.leased then
    call('ZREM', base .. one.centre .. ':' .. one.window, one.timer:sub(9))
  end
  call('ZADD', base .. 'l:' .. one.centre, lease_ends, one.timer)
  if not claimed[one.centre] then
    claimed[one.centre] = {}
    names[#names + 1] = one.centre
  end
  table.insert(claimed[one.centre], one.timer)
end

for _, centre in ipairs(due) do
  local at = earliest(centre)
  if at == math.huge then call('ZREM', base .. 'c', centre)
  else call('ZADD', base .. 'c', at, centre) end
end

local reply = { call('GET', base .. 'generation'), call('ZRANGE', base .. 'c', 0, 0, 'WITHSCORES')[2] or '' }
for _, centre in ipairs(names) do
  reply[#reply + 1] = centre
  reply[#reply + 1] = table.concat(claimed[centre])
end
return reply
