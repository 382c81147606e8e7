#!lua
-- Shared by all scripts, set before each of them.
--
-- KEYS[1] is the base of all keys, `{<prefix>:<service>}`: its hash tag keeps them in one slot. Beside it:
--   <base>c                    zset   centre -> the earliest instant anything of it is due or a lease of it
--                                     ends (ms); may be too early after a removal, never too late
--   <base>d:<centre>           zset   the windows the centre has something in, by number
--   <base><centre>:<window>    zset   what is due in that window: 16 bytes of id -> ms from its start
--   <base>l:<centre>           zset   what is leased: timer -> when the lease ends (ms)
--   <base>generation           there while all that the rows have armed has been entered
--   <base>rebuild              who enters it at present
-- A timer is 24 bytes: window, ms from its start, id. Windows are short enough for most of the zsets to
-- stay listpacks (at most `zset-max-listpack-entries`), which is what makes a timer cost 30 bytes.
local call, pack, unpack_bytes = redis.call, struct.pack, struct.unpack
local base = KEYS[1]
local WINDOW_MS = tonumber(ARGV[1])

-- The earliest of what has been entered, by centre.
local entered = {}

local function lower(centre, at)
  if entered[centre] == nil or at < entered[centre] then entered[centre] = at end
end

-- Enters one; 1 when it was not in that window.
local function put(centre, window, offset, id)
  local bucket = base .. centre .. ':' .. window
  local added = call('ZADD', bucket, offset, id)
  if added == 1 and call('ZCARD', bucket) == 1 then
    call('ZADD', base .. 'd:' .. centre, window, window)
  end
  lower(centre, window * WINDOW_MS + offset)
  return added
end

-- To be called last by a script that has entered anything.
local function note_entered()
  for centre, at in pairs(entered) do call('ZADD', base .. 'c', 'LT', at, centre) end
end

