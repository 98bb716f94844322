import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ workers: 0 });
});

afterAll(() => stack.stop());

describe('a bad environment', () => {
  test.each(['gateway', 'worker'] as const)(
    'stops the %s at once, with every problem named and no value',
    async (app) => {
      const environment = {
        REDIS_QUEUE_URL: 'hunter2',
        DATABASE_URL: 'mysql://x:hunter2@y/z',
        LOG_LEVEL: 'hunter2',
      };
      const log = await stack.failToStart(app, environment);
      expect(log).toContain('REDIS_QUEUE_URL: expected redis://');
      expect(log).toContain('DATABASE_URL: expected postgres://');
      expect(log).toContain('LOG_LEVEL: ');
      expect(log).not.toContain('hunter2');
    },
  );

  test('a taken port is a sentence', async () => {
    const log = await stack.failToStart('gateway', { PORT: new URL(stack.gateway.url).port });
    expect(log).toMatch(/127\.0\.0\.1:\d+ is taken/);
    expect(log).not.toContain('    at ');
  });
});
