-- Ends leases: what moved on is entered anew or forgotten, what did not is leased a while longer.
--
-- KEYS[1]   base
-- ARGV[1]   length of a window, ms
-- ARGV[2]   when the leases end, ms: what they are known by
-- ARGV[3]   when what did not move on is claimed again, ms
-- ARGV[4]   settled, one after the other: centre (its place among the centres, 2 bytes), timer (24), what
--           became of it (1: 0 forgotten, 1 entered anew, 2 not moved on), the new centre (2) and timer (24)
-- ARGV[5…]  centres
-- Returns how many of the leases were still the caller's; of the others nothing is changed.
-- Guarantees: who was away longer than its lease undoes nothing of what others did meanwhile.
-- Cost: O(log leases) each.
local lease_ends, again = tonumber(ARGV[2]), tonumber(ARGV[3])
local mine, position = 0, 1
while position < #ARGV[4] do
  local centre, timer, fate, new_centre, window, offset, id
  centre, timer, fate, new_centre, window, offset, id, position =
    unpack_bytes('>I2c24BI2I4I4c16', ARGV[4], position)
  centre = ARGV[5 + centre]
  local leases = base .. 'l:' .. centre
  if tonumber(call('ZSCORE', leases, timer) or -1) == lease_ends then
    mine = mine + 1
    if fate == 2 then
      call('ZADD', leases, again, timer)
      lower(centre, again)
    else
      call('ZREM', leases, timer)
      if fate == 1 then put(ARGV[5 + new_centre], window, offset, id) end
    end
  end
end
note_entered()
return mine
