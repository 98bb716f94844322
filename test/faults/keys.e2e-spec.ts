import { expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { signalTree } from '../support/freeze.js';
import { knock, makeKey, revokeKey, runKeys } from '../support/keys.js';
import { get, type Gateway, Stack, TOKENS } from '../support/stack.js';
import { freshPostgres, freshRedis } from '../support/test-servers.js';

const OPEN = 404; // let in, to a job that isn't there

/** Listens to a job that doesn't end by itself. */
async function openStream(gateway: Gateway, secret: string) {
  const url = encodeURIComponent('https://example.com/');
  const { body } = await get(gateway, `/v1/preview?url=${url}&wait=0`);
  const headers = { 'x-api-key': secret };
  const response = await fetch(`${gateway.url}${body.job.href}/events`, { headers });
  expect(response.status).toBe(200);
  return { ended: response.text() };
}

test('a revocation that gateways could not be told of is found out when Redis is back', async () => {
  const stack = await Stack.start({ gateways: 2, workers: 0 });
  let { cache } = stack;
  try {
    const [one, other] = stack.gateways as [Gateway, Gateway];
    const { id, secret } = await makeKey(one, 'writer');
    expect(await knock(other, secret)).toBe(OPEN);
    const stream = await openStream(other, secret);
    cache.process.signal('SIGKILL');
    await cache.process.ended;
    const { status, body } = await revokeKey(one, id);
    expect([status, body.data.isKnownEverywhere]).toEqual([200, false]);
    expect([await knock(one, secret), await knock(other, secret)]).toEqual([401, OPEN]);
    cache = await freshRedis('cache', cache.folder, cache.port);
    const seen = await eventually(
      () => knock(other, secret),
      (answer) => answer !== OPEN,
    );
    expect(seen).toBe(401);
    await stream.ended;
  } finally {
    await stack.stop();
    await cache.stop();
  }
});

test.each(['frozen', 'killed'] as const)(
  'known keys go on while Postgres is %s; others are not told that they are wrong',
  async (how) => {
    const postgres = await freshPostgres();
    const stack = await Stack.start({
      workers: 0,
      databaseUrl: postgres.url,
      environment: { ANONYMOUS_READ: 'false', STORE_DEADLINE: '2s' },
    });
    try {
      const known = await makeKey(stack.gateway, 'writer');
      expect(await knock(stack.gateway, known.secret)).toBe(OPEN);
      const unknown = runKeys(stack, ['create', '--role', 'writer', '--name', 'x']);
      if (how === 'frozen') signalTree(postgres.process.pid, 'SIGSTOP');
      else postgres.process.signal('SIGKILL');
      expect(await knock(stack.gateway, known.secret)).toBe(OPEN);
      expect(await knock(stack.gateway, TOKENS.writer)).toBe(OPEN);
      const answer = await get(stack.gateway, '/v1/preview?url=https://example.com/', {
        'x-api-key': unknown,
      });
      expect(answer).toMatchObject({ status: 503, body: { code: 'EUNAVAILABLE' } });
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await knock(stack.gateway, 'no key at all')).toBe(401);
    } finally {
      if (how === 'frozen') signalTree(postgres.process.pid, 'SIGCONT');
      await stack.stop();
      await postgres.stop();
    }
  },
);
