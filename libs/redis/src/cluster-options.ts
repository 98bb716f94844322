import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { RedisAddress } from './redis-address.js';

/** Longest wait for a TCP connection to a server, in ms. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How often the nodes are asked who serves what, in ms. A node that answers says itself when a slot has moved; one that froze, or is gone without a word, is found out
 * by this alone: once another has taken its place its connections are closed, and what waits on them is sent again.
 */
const LOOK_EVERY_MS = 5_000;
const LOOK_DEADLINE_MS = 1_000;

/** What connections to a server have in common, whether it stands alone or is a node. */
export function serverOptions({ login, isTls }: RedisAddress) {
  return { ...login, ...(isTls && { tls: {} }), connectTimeout: CONNECT_TIMEOUT_MS };
}

/** The wait before another attempt to connect, in ms. Once it is closing a lost connection isn't sought again: else closing would wait for the server, too. */
export function retryPauseMs(attempt: number, closing: AbortSignal): number | null {
  return closing.aborted ? null : Math.min(50 * 2 ** Math.min(attempt, 6), 2_000);
}

/** How any client of ours follows a cluster: slots that move, nodes that come and go. */
export function clusterOptions(
  address: RedisAddress,
  closing: AbortSignal,
  redisOptions: RedisOptions = {},
): ClusterOptions {
  return {
    // Names stay names: TLS asks for the one that was given, and it may lead elsewhere tomorrow.
    dnsLookup: (name, found) => found(null, name),
    clusterRetryStrategy: (attempt) => retryPauseMs(attempt, closing),
    // With the check, `connect` never settles where the cluster is about to replace a node, and BullMQ's workers wait for it for ever (ioredis 5.11).
    enableReadyCheck: false,
    slotsRefreshInterval: LOOK_EVERY_MS,
    slotsRefreshTimeout: LOOK_DEADLINE_MS,
    redisOptions: { ...serverOptions(address), ...redisOptions },
  };
}
