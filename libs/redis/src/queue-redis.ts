/** Prefix of every queue. Hash-tagged, so that all keys of a queue share a slot on a Redis Cluster. */
export const QUEUE_PREFIX = '{warmlink}';

/**
 * How a producer (gateway) reaches the queue's Redis: it fails fast, because a reader waits. Without a
 * connection `add` rejects at once instead of hanging. BullMQ must not ask for the server's version: it would do so
 * before there is a connection, fail, and stay failed for good.
 *
 * @param closing once aborted, a lost connection isn't sought again: else closing would wait for the server, too
 */
export function producerConnection(url: string, closing: AbortSignal) {
  return {
    ...connectionOptions(url, closing),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    skipVersionCheck: true,
  };
}

/**
 * How a consumer (worker, or a listener for events) reaches it: it waits for the server, however long.
 *
 * @param closing as above
 */
export function consumerConnection(url: string, closing: AbortSignal) {
  return { ...connectionOptions(url, closing), maxRetriesPerRequest: null };
}

function connectionOptions(url: string, closing: AbortSignal) {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 && { db: Number(pathname.slice(1)) }),
    ...(protocol === 'rediss:' && { tls: {} }),
    connectTimeout: 5_000,
    retryStrategy: (attempt: number) =>
      closing.aborted ? null : Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
  };
}
