/**
 * Stores ARGV[2] for ARGV[3] ms unless a newer version than ARGV[1] is there. Every value starts with
 * its version, so the script reads a few bytes of the old one and parses nothing.
 */
export const REPLACE_OLDER = `
local head = redis.call('GETRANGE', KEYS[1], 0, 31)
local current = tonumber(string.match(head, '^{"version":(%d+)'))
if current and current > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;
