import { Cluster } from 'ioredis';
import type { QueueRedis } from '#libs/redis';

/** How the memory of the queue's Redis is used. */
export interface QueueMemory {
  readonly usedBytes: number;
  /** 0: as much as the machine has. */
  readonly limitBytes: number;
  /** Anything but `noeviction` can cost jobs; undefined where the server doesn't say. */
  readonly evictionPolicy: string | undefined;
}

/**
 * Asks the servers behind a connection; sets no deadline of its own. Every master has to answer; a replica that doesn't isn't waited for by anybody else either.
 *
 * @throws when one has no word
 */
export async function readQueueMemory(redis: QueueRedis): Promise<QueueMemory> {
  if (!(redis instanceof Cluster)) return queueMemory(await redis.info('memory'));
  const [masters, replicas] = await Promise.all([
    Promise.all(redis.nodes('master').map((node) => node.info('memory'))),
    Promise.all(redis.nodes('slave').map((node) => node.info('memory').catch(() => undefined))),
  ]);
  if (masters.length === 0) throw new Error('the cluster has no node that is known');
  const answered = replicas.filter((info) => info !== undefined);
  return memoryOfCluster(masters.map(queueMemory), answered.map(queueMemory));
}

/** @param info what the server answers to `INFO memory` */
export function queueMemory(info: string): QueueMemory {
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1];
  return {
    usedBytes: Number(field('used_memory') ?? 0),
    limitBytes: Number(field('maxmemory') ?? 0),
    evictionPolicy: field('maxmemory_policy'),
  };
}

/** A cluster is as full as its fullest master: a queue lies on one. Any node that may evict is one too many, as a replica is to take over. */
export function memoryOfCluster(
  masters: readonly QueueMemory[],
  replicas: readonly QueueMemory[],
): QueueMemory {
  const fullest = masters.reduce((first, second) => (fillOf(second) > fillOf(first) ? second : first));
  const evicting = [...masters, ...replicas].find(mayEvict);
  return { ...fullest, evictionPolicy: (evicting ?? fullest).evictionPolicy };
}

/** Whether the server may throw jobs away. */
export function mayEvict({ evictionPolicy }: QueueMemory): boolean {
  return evictionPolicy !== undefined && evictionPolicy !== 'noeviction';
}

/** Servers without a limit compare by bytes, below those that have one. */
function fillOf({ usedBytes, limitBytes }: QueueMemory): number {
  return limitBytes > 0 ? usedBytes / limitBytes : usedBytes / Number.MAX_SAFE_INTEGER;
}
