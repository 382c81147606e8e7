-- A centre's own list: what is due when, in order.
--
-- KEYS[1]  base
-- ARGV[1]  length of a window, ms
-- ARGV[2]  centre
-- ARGV[3]  most timers to read from its windows
-- Returns the timers (24 bytes each, one after the other): all leased ones, then those of its windows in
--   order.
-- Guarantees: changes nothing.
-- Cost: O(leased + read + windows passed).
local centre, left = ARGV[2], tonumber(ARGV[3])
local timers = call('ZRANGE', base .. 'l:' .. centre, 0, -1)
local start = 0
while left > 0 do
  local names = call('ZRANGE', base .. 'd:' .. centre, start, start + 15)
  for _, name in ipairs(names) do
    local read = call('ZRANGE', base .. centre .. ':' .. name, 0, left - 1, 'WITHSCORES')
    for n = 1, #read, 2 do
      timers[#timers + 1] = pack('>I4I4', tonumber(name), tonumber(read[n + 1])) .. read[n]
    end
    left = left - #read / 2
    if left <= 0 then break end
  end
  if #names < 16 then break end
  start = start + 16
end
return table.concat(timers)
