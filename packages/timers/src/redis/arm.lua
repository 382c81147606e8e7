-- Takes timers off and enters others.
--
-- KEYS[1]   base
-- ARGV[1]   length of a window, ms
-- ARGV[2]   to take off: centre (its place among the centres, 2 bytes) and timer (24), one after the other
-- ARGV[3]   to enter, the same
-- ARGV[4…]  centres
-- Returns how many were entered that their windows did not have.
-- Guarantees: all or nothing; what is there already is left alone, so that it may be sent twice.
-- Cost: O(1) a timer while windows are small, else O(log n).
local position = 1
while position < #ARGV[2] do
  local centre, window, id
  centre, window, id, position = unpack_bytes('>I2I4xxxxc16', ARGV[2], position)
  call('ZREM', base .. ARGV[4 + centre] .. ':' .. window, id)
end
local added = 0
position = 1
while position < #ARGV[3] do
  local centre, window, offset, id
  centre, window, offset, id, position = unpack_bytes('>I2I4I4c16', ARGV[3], position)
  added = added + put(ARGV[4 + centre], window, offset, id)
end
note_entered()
return added
