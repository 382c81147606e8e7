-- Enters what the rows have, but for what is leased at its very place.
--
-- KEYS[1]   base
-- ARGV[1]   length of a window, ms
-- ARGV[2]   token of the rebuild this is a part of; '' for a sweep
-- ARGV[3]   ms after which another may rebuild when this one says no more
-- ARGV[4]   to enter: centre (its place among the centres, 2 bytes) and timer (24), one after the other
-- ARGV[5…]  centres
-- Returns how many were missing; -1 when the rebuild is no longer this one's: it must begin anew.
-- Guarantees: a rebuild during which everything was lost does not come to its end.
-- Cost: O(1) a timer while windows are small, else O(log n).
if ARGV[2] ~= '' then
  if call('GET', base .. 'rebuild') ~= ARGV[2] then return -1 end
  call('PEXPIRE', base .. 'rebuild', ARGV[3])
end
local added, position = 0, 1
while position < #ARGV[4] do
  local centre, timer
  centre, timer, position = unpack_bytes('>I2c24', ARGV[4], position)
  centre = ARGV[5 + centre]
  if not call('ZSCORE', base .. 'l:' .. centre, timer) then
    local window, offset, id = unpack_bytes('>I4I4c16', timer)
    added = added + put(centre, window, offset, id)
  end
end
note_entered()
return added
