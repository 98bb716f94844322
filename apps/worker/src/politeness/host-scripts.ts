/**
 * Both scripts see one host of the fleet: KEYS[1] is its state, KEYS[2] its places, each leased until its score. All times are in ms, by the clock of
 * Redis: the workers' own may differ. Keys of a host have a hash tag in common, so that they share a slot of a Redis Cluster.
 */
const NOW = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`;

/** How long (ms) an idle host is remembered, and one that had asked to be left alone: longer than it may rest. */
const KEEP_MS = 60_000;
const KEEP_STRUCK_MS = 1_200_000;

/**
 * Asks for a place. ARGV: id of the place, whether someone waits (1 or 0), places in all, spacing, lease, shortest and longest wait, longest hold.
 *
 * Who comes so little before the next start that waiting for it is less than the hold has that start: the answer says in how many ms. Else whoever comes back a moment
 * before or after his turn would find the start not due yet, or be the reason that the next one does, and go to the end of the line.
 *
 * Who finds no room is given a turn: the next one in a line that grows by a step with each who asks, so that a thousand who wait come back one after
 * the other; the answer says whether it is his alone, as beyond the longest wait all have the same. There are two lines. Who nobody waits for leaves one place free (where
 * there are two), and yields as long as a reader has a turn to come.
 */
export const ASK = `${NOW}
local awaited = ARGV[2] == '1'
local limit, spacing, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local shortest, longest, hold = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local state = redis.call('HMGET', KEYS[1], 'startedAt', 'readersTurn', 'othersTurn', 'restUntil', 'status', 'strikes')
local startedAt, readersTurn = tonumber(state[1] or 0), tonumber(state[2] or 0)
local restUntil = tonumber(state[4] or 0)
if restUntil > now then return { 'resting', restUntil - now, tonumber(state[5]) } end

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local room = awaited and limit or math.max(1, limit - 1)
local start = math.max(now, startedAt + spacing)
local isFree = redis.call('ZCARD', KEYS[2]) < room and start - now <= hold
local mustYield = not awaited and now < readersTurn + shortest
if isFree and not mustYield then
  redis.call('ZADD', KEYS[2], start + lease, ARGV[1])
  redis.call('PEXPIRE', KEYS[2], start - now + lease)
  redis.call('HSET', KEYS[1], 'startedAt', start)
  redis.call('PEXPIRE', KEYS[1], state[6] and ${KEEP_STRUCK_MS} or ${KEEP_MS})
  return { 'place', start - now }
end

local line = awaited and 'readersTurn' or 'othersTurn'
local last = awaited and readersTurn or tonumber(state[3] or 0)
local turn = math.max(startedAt + spacing, now + shortest, last + math.max(spacing, shortest))
local isOwn = turn <= now + longest
turn = math.min(turn, now + longest)
redis.call('HSET', KEYS[1], line, turn)
redis.call('PEXPIRE', KEYS[1], state[6] and ${KEEP_STRUCK_MS} or ${KEEP_MS})
return { 'later', turn - now, isOwn and 1 or 0 }`;

/**
 * Gives a place back. ARGV: its id, how the visit ended (well, overloaded, other), the status, the pause that was asked for (-1: none), and the first and the longest of
 * those that grow. Visits that were under way when a rest began neither end it nor count as another strike.
 */
export const LEAVE = `${NOW}
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[2] == 'other' then return end
local state = redis.call('HMGET', KEYS[1], 'restUntil', 'strikes')
local restUntil, strikes = tonumber(state[1] or 0), tonumber(state[2] or 0)
local isResting = restUntil > now
if ARGV[2] == 'well' then
  if not isResting then redis.call('HDEL', KEYS[1], 'restUntil', 'status', 'strikes') end
  return
end
local asked, first, longest = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if not isResting then strikes = strikes + 1 end
local pause = asked >= 0 and asked or math.min(first * 2 ^ (strikes - 1), longest)
redis.call('HSET', KEYS[1], 'restUntil', math.max(restUntil, now + pause), 'status', ARGV[3], 'strikes', strikes)
redis.call('PEXPIRE', KEYS[1], ${KEEP_STRUCK_MS})`;
