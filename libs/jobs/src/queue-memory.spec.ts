import { expect, test } from '@jest/globals';
import { mayEvict, memoryOfCluster, queueMemory } from './queue-memory.js';

const aServer = (usedBytes: number, limitBytes = 0, evictionPolicy = 'noeviction') => ({
  usedBytes,
  limitBytes,
  evictionPolicy,
});

test('a server says how full it is', () => {
  const info = '# Memory\r\nused_memory:1024\r\nmaxmemory:4096\r\nmaxmemory_policy:allkeys-lru\r\n';
  expect(queueMemory(info)).toEqual(aServer(1_024, 4_096, 'allkeys-lru'));
});

test('a cluster is as full as its fullest master', () => {
  expect(memoryOfCluster([aServer(10, 100), aServer(30, 50), aServer(50, 100)], [])).toEqual(aServer(30, 50));
  expect(memoryOfCluster([aServer(10), aServer(30), aServer(20)], [])).toEqual(aServer(30));
});

test('a cluster may evict where any node may, a replica too', () => {
  const [keeps, evicts] = [aServer(10), aServer(1, 0, 'allkeys-lfu')];
  expect(mayEvict(memoryOfCluster([keeps, keeps], [keeps, keeps]))).toBe(false);
  expect(mayEvict(memoryOfCluster([keeps, evicts], [keeps]))).toBe(true);
  expect(mayEvict(memoryOfCluster([keeps, keeps], [keeps, evicts]))).toBe(true);
});
