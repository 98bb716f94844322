import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import { RedisCluster } from '../../../test/support/redis-cluster.js';
import { uniqueName } from '../../../test/support/test-servers.js';
import { ClusterCacheRedis } from './cluster-cache-redis.js';
import { keySlot } from './key-slot.js';
import { redisAddress } from './redis-address.js';

const HOUR = 3_600_000;

let cluster: RedisCluster;
const connections: ClusterCacheRedis[] = [];

beforeAll(async () => {
  cluster = await RedisCluster.start();
});

afterEach(() => Promise.all(connections.splice(0).map((redis) => redis.close())));

afterAll(() => cluster.stop());

async function aConnection(url = cluster.url): Promise<ClusterCacheRedis> {
  const redis = new ClusterCacheRedis(redisAddress(url));
  connections.push(redis);
  await redis.connect();
  return redis;
}

/** Keys of one node, with what is stored there. */
async function storedKeys(redis: ClusterCacheRedis, count: number): Promise<readonly string[]> {
  const keys: string[] = [];
  const node = redis.nodeOf(uniqueName('key'));
  while (keys.length < count) {
    const key = uniqueName('key');
    if (redis.nodeOf(key) === node) keys.push(key);
  }
  for (const key of keys) await redis.fill(key, Buffer.from(`of ${key}`), HOUR);
  return keys;
}

const textsOf = async (redis: ClusterCacheRedis, keys: readonly string[]) =>
  (await redis.getAll(keys)).map((bytes) => bytes?.toString());

test('one name is enough to find the cluster by', async () => {
  const redis = await aConnection(`${cluster.url.split(',')[0]}?cluster=true`);
  const [key] = await storedKeys(redis, 1);
  expect(await redis.get(key!)).toBe(`of ${key}`);
});

test('the slot of a key is the one that servers say', async () => {
  const { client } = cluster.nodes[0]!;
  for (const key of [uniqueName('warmlink:preview:3'), `{${uniqueName('tag')}}:rest`])
    expect(keySlot(key)).toBe(await client.cluster('KEYSLOT', key));
});

test('keys of a node are read at once, and those that are missing are missing', async () => {
  const redis = await aConnection();
  const keys = await storedKeys(redis, 20);
  expect(await textsOf(redis, keys)).toEqual(keys.map((key) => `of ${key}`));
  const node = redis.nodeOf(keys[0]!);
  let missing = uniqueName('key');
  while (redis.nodeOf(missing) !== node) missing = uniqueName('key');
  expect(await textsOf(redis, [keys[0]!, missing])).toEqual([`of ${keys[0]}`, undefined]);
});

test('keys are followed to another node while they move, and once they have', async () => {
  const redis = await aConnection();
  const keys = await storedKeys(redis, 10);
  const all = keys.map((key) => `of ${key}`);
  const [moving] = keys;
  const slot = keySlot(moving!);
  const from = await cluster.ownerOf(moving!);
  const to = cluster.nodes.slice(0, 3).find((node) => node !== from)!;
  const [fromId, toId] = [await from.client.cluster('MYID'), await to.client.cluster('MYID')];
  await to.client.cluster('SETSLOT', slot, 'IMPORTING', fromId);
  await from.client.cluster('SETSLOT', slot, 'MIGRATING', toId);
  expect(await textsOf(redis, keys)).toEqual(all);
  const auth = ['AUTH', 'a-test-password'];
  await from.client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 1_000, ...auth, 'KEYS', moving!);
  expect(await textsOf(redis, keys)).toEqual(all); // the old node says ASK
  for (const { client } of [to, from]) await client.cluster('SETSLOT', slot, 'NODE', toId);
  expect(await textsOf(redis, keys)).toEqual(all); // and now MOVED
  await redis.set(moving!, 'new', HOUR);
  expect(await redis.get(moving!)).toBe('new');
});

test('there is a key for each server', async () => {
  const redis = await aConnection();
  const keys = redis.onEachServer('mark');
  expect(keys).toHaveLength(3);
  expect(new Set(keys.map((key) => redis.nodeOf(key).split(';')[0])).size).toBe(3);
});

test('those who listen are counted at all nodes, and hear what is published at any', async () => {
  const [first, ...others] = [await aConnection(), await aConnection(), await aConnection()] as const;
  const heard: string[] = [];
  let connected = 0;
  for (let count = 0; count < 6; count += 1)
    others[count % 2]!.listen('news', {
      onMessage: (message) => heard.push(message),
      onConnected: () => (connected += 1),
    });
  await eventually(
    async () => connected,
    (count) => count === 6,
  );
  expect(await first.publishCounted('news', 'a')).toBe(6);
  await first.publish('news', 'b');
  await eventually(
    async () => heard.length,
    (count) => count === 12,
  );
  expect(heard.filter((message) => message === 'a')).toHaveLength(6);
});

test('who listens at a node that dies listens at another, and knows that he may have missed something', async () => {
  const redis = await aConnection();
  const replica = cluster.nodes[4]!;
  let listening = 0;
  let connected = 0;
  let there = 0;
  const heard: string[] = [];
  // Each chooses its node by lot: as many as it takes until one is at this node.
  while (there === 0) {
    listening += 1;
    redis.listen('more', {
      onMessage: (message) => heard.push(message),
      onConnected: () => (connected += 1),
    });
    await eventually(
      async () => connected,
      (count) => count === listening,
    );
    [, there] = (await replica.client.pubsub('NUMSUB', 'more')) as [string, number];
  }
  replica.server.process.signal('SIGSTOP'); // it isn't even refused
  await eventually(
    async () => connected,
    (count) => count === listening + there,
  );
  await redis.publish('more', 'after');
  await eventually(
    async () => heard.length,
    (count) => count === listening,
  );
  replica.server.process.signal('SIGCONT');
});
