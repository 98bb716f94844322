/**
 * Takes tokens of a minute. KEYS[1] counts those that were taken. ARGV: tokens that were spent before they were asked for, and count in any case; tokens
 * that are wanted, as far as there are any; the limit; how long (ms) the count is kept.
 *
 * @returns how many of those wanted are granted, and how many were taken in all
 */
export const LEASE_TOKENS = `
local limit = tonumber(ARGV[3])
local taken = tonumber(redis.call('GET', KEYS[1]) or 0) + tonumber(ARGV[1])
local granted = math.max(0, math.min(tonumber(ARGV[2]), limit - taken))
taken = taken + granted
redis.call('SET', KEYS[1], taken, 'PX', ARGV[4])
return { granted, taken }`;

/** Says that a gateway is there, and counts those that were of late. KEYS[1] has them by when, by the clock of Redis. ARGV: its id, for how long (ms) that is believed. */
export const COUNT_GATEWAYS = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])`;
