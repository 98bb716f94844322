import { Cluster, Redis } from 'ioredis';
import { clusterOptions, retryPauseMs, serverOptions } from './cluster-options.js';
import { type RedisAddress, redisAddress } from './redis-address.js';

/** Prefix of every queue. Hash-tagged, so that all keys of a queue share a slot on a Redis Cluster. */
export const QUEUE_PREFIX = '{warmlink}';

/** A connection to the queue's Redis: to one server, or to a cluster. */
export type QueueRedis = Redis | Cluster;

/** The wait of who is sent from node to node for as long as those disagree, in ms. */
const MOVED_PAUSE_MS = 20;

export interface ProducerOptions {
  /** Scripts as commands of the connection, which servers know by their hash once they have seen them. */
  readonly scripts?: Readonly<Record<string, { readonly lua: string; readonly numberOfKeys: number }>>;
  /** One message for all commands of a turn, of one server. Nodes of a cluster get one each: of what is sent together none follows a slot that moves. */
  readonly gathers?: boolean;
}

/**
 * How a producer (gateway) reaches the queue's Redis: it fails fast, because a reader waits. Without a
 * connection `add` rejects at once instead of hanging. BullMQ must not ask for the server's version: it would do so
 * before there is a connection, fail, and stay failed for good.
 *
 * @param closing once aborted, a lost connection isn't sought again: else closing would wait for the server, too
 */
export function producerRedis(
  url: string,
  closing: AbortSignal,
  { scripts = {}, gathers = false }: ProducerOptions = {},
): QueueRedis {
  const address = redisAddress(url);
  const failFast = { maxRetriesPerRequest: 1, skipVersionCheck: true };
  return address.isCluster
    ? new Cluster([...address.nodes], {
        ...clusterOptions(address, closing, failFast),
        enableOfflineQueue: false,
        scripts,
      })
    : new Redis({
        ...oneServer(address, closing),
        ...failFast,
        enableOfflineQueue: false,
        enableAutoPipelining: gathers,
        scripts,
      });
}

/**
 * How a consumer (worker, or a listener for events) reaches it: it waits for the server, however long. A cluster is connected to at once, and left by who asked for
 * it (`leave`): BullMQ makes connections of its own after this one.
 *
 * @param closing as above
 */
export function consumerConnection(url: string, closing: AbortSignal) {
  const address = redisAddress(url);
  const patient = { maxRetriesPerRequest: null };
  return address.isCluster
    ? new Cluster([...address.nodes], {
        ...clusterOptions(address, closing, patient),
        // As one server is waited for. A command that fails while a replica takes over has BullMQ look away for longer than that takes.
        maxRedirections: Number.POSITIVE_INFINITY,
        retryDelayOnMoved: MOVED_PAUSE_MS,
      })
    : { ...oneServer(address, closing), ...patient };
}

/** What BullMQ takes for one. */
export type ConsumerConnection = ReturnType<typeof consumerConnection>;

/** Ends a consumer's connection, after whoever used it. */
export function leave(connection: ConsumerConnection): void {
  if (connection instanceof Cluster) connection.disconnect();
}

function oneServer(address: RedisAddress, closing: AbortSignal) {
  const [{ host, port }] = address.nodes as [RedisAddress['nodes'][number]];
  return {
    ...serverOptions(address),
    host,
    port,
    ...(address.database !== undefined && { db: address.database }),
    retryStrategy: (attempt: number) => retryPauseMs(attempt, closing),
  };
}
