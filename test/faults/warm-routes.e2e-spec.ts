import { describe, expect, test } from '@jest/globals';
import { signalTree } from '../support/freeze.js';
import { call, get, Stack, TOKENS } from '../support/stack.js';
import { freshPostgres } from '../support/test-servers.js';

const ID = '00000000-0000-4000-8000-000000000000';
const headers = { 'x-api-key': TOKENS.operator, 'content-type': 'application/json' };

/** Longest time that anyone may wait for word of a fault, in ms: the deadline, and room for a slow machine. */
const WORD_WITHIN_MS = 8_000;

describe('with Postgres', () => {
  test.each(['frozen', 'killed'])('%s, orders and looks at the loop end in time, and say so', async (how) => {
    const postgres = await freshPostgres();
    const stack = await Stack.start({ workers: 0, databaseUrl: postgres.url });
    try {
      if (how === 'frozen') signalTree(postgres.process.pid, 'SIGSTOP');
      else postgres.process.signal('SIGKILL');
      const start = performance.now();
      const answers = await Promise.all([
        call(stack.gateway, 'POST', '/v1/warm', { headers, body: '{"urls":["https://example.com/"]}' }),
        ...[`/v1/batches/${ID}`, '/v1/hot-keys', '/v1/forecast', '/v1/statistics'].map((path) =>
          get(stack.gateway, path, headers),
        ),
      ]);
      expect(performance.now() - start).toBeLessThan(WORD_WITHIN_MS);
      expect(answers.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
        answers.map(() => '503 EUNAVAILABLE'),
      );
    } finally {
      if (how === 'frozen') signalTree(postgres.process.pid, 'SIGCONT');
      await stack.stop();
      await postgres.stop();
    }
  });
});

test("with the queue's Redis frozen, a look at a job ends in time, and a list is taken all the same", async () => {
  const stack = await Stack.start({ workers: 0 });
  try {
    stack.queue.process.signal('SIGSTOP');
    const start = performance.now();
    expect(await get(stack.gateway, `/v1/jobs/${ID}`, headers)).toMatchObject({
      status: 503,
      body: { code: 'EBUSY' },
    });
    expect(performance.now() - start).toBeLessThan(WORD_WITHIN_MS);
    const body = '{"urls":["https://example.com/"]}';
    expect((await call(stack.gateway, 'POST', '/v1/warm', { headers, body })).status).toBe(202);
  } finally {
    stack.queue.process.signal('SIGCONT');
    await stack.stop();
  }
});
