-- Says that everything the rows have armed has been entered.
--
-- KEYS[1]  base
-- ARGV[1]  length of a window, ms
-- ARGV[2]  token of the rebuild
-- ARGV[3]  the new generation
-- Returns 1, or 0 when the rebuild is no longer this one's.
-- Guarantees: nothing that was entered under this token has been lost with everything since.
-- Cost: O(1).
if call('GET', base .. 'rebuild') ~= ARGV[2] then return 0 end
call('SET', base .. 'generation', ARGV[3])
call('DEL', base .. 'rebuild')
return 1
