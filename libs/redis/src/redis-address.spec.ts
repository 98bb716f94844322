import { describe, expect, test } from '@jest/globals';
import { InvalidRedisAddress, redisAddress } from './redis-address.js';

describe('the address of a Redis', () => {
  test('names one server', () => {
    expect(redisAddress('rediss://me:p%40ss@cache.internal/2')).toEqual({
      nodes: [{ host: 'cache.internal', port: 6379 }],
      isCluster: false,
      login: { username: 'me', password: 'p@ss' },
      isTls: true,
      database: 2,
    });
    expect(redisAddress('redis://[::1]:7000')).toMatchObject({
      nodes: [{ host: '::1', port: 7000 }],
      login: {},
      isTls: false,
      database: undefined,
    });
  });

  test('names nodes of a cluster where there are several', () => {
    expect(redisAddress('redis://:p@a:7000,redis://:p@b:7001, redis://:p@c/0')).toEqual({
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
        { host: 'c', port: 6379 },
      ],
      isCluster: true,
      login: { password: 'p' },
      isTls: false,
      database: undefined,
    });
  });

  test('names a cluster by a name that leads to any of its nodes', () => {
    expect(redisAddress('rediss://clustercfg.internal:6379?cluster=true')).toMatchObject({
      nodes: [{ host: 'clustercfg.internal', port: 6379 }],
      isCluster: true,
      isTls: true,
    });
  });

  test('of one server may have commas in its password', () => {
    expect(redisAddress('redis://:a,b@cache:6379')).toMatchObject({
      isCluster: false,
      login: { password: 'a,b' },
    });
  });

  test.each([
    ['hunter2', /^expected redis:/],
    ['redis://hunter2:port', /^is not a URL/],
    ['redis://a,hunter2:6379', /^expected a whole redis/],
    ['redis://a/hunter2', /^has no number/],
    ['redis://:hunter2@a,redis://:hunter3@b', /different schemes, users or passwords/],
    ['redis://a,rediss://hunter2', /different schemes/],
    ['redis://a/1,redis://hunter2/1', /a cluster has but one/],
    ['redis://hunter2/1?cluster=true', /a cluster has but one/],
  ])('is refused where it is none, and not repeated: %s', (text, problem) => {
    const read = () => redisAddress(text);
    expect(read).toThrow(InvalidRedisAddress);
    expect(read).toThrow(problem);
    expect(read).not.toThrow('hunter');
  });
});
