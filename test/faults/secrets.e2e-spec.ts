import { expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { type MadeKey, makeKey, revokeKey } from '../support/keys.js';
import { call, get, read, Stack, TOKENS } from '../support/stack.js';
import { aContradiction } from '../support/stored-preview.js';
import { freshPostgres } from '../support/test-servers.js';

const basic = (password: string) => `Basic ${Buffer.from(`operator:${password}`).toString('base64')}`;

test('no secret is in a log or an error, however much is logged and whatever fails', async () => {
  const postgres = await freshPostgres();
  const site = await FakeSite.start('127.0.0.2');
  site.page('/page', html('A page'));
  const stack = await Stack.start({
    databaseUrl: postgres.url,
    environment: {
      LOG_LEVEL: 'debug',
      RATE_LIMIT_PER_KEY: '40',
      RATE_LIMIT_PER_ADDRESS: '40',
      READ_WAIT: '2s',
    },
  });
  const { gateway } = stack;
  const said: string[] = [];
  const hear = async (asked: Promise<{ body: unknown; headers: Headers }>) => {
    const { body, headers } = await asked;
    said.push(JSON.stringify(body), ...[...headers].flat());
  };
  const wrong = `wl_${'w'.repeat(43)}`;
  const secrets = new Set([
    'a-test-password',
    ...Object.values(TOKENS),
    wrong,
    'hunter2',
    basic(TOKENS.operator),
  ]);
  try {
    for (const { url } of [postgres, stack.cache, stack.queue]) secrets.add(new URL(url).password);
    const keys: MadeKey[] = [];
    for (const role of ['reader', 'writer', 'operator']) keys.push(await makeKey(gateway, role));
    for (const { secret } of keys) secrets.add(secret);
    const contradiction = 'https://example.com/contradiction';
    await aContradiction(stack.databaseUrl, contradiction);

    const useAll = async () => {
      for (const secret of [...Object.values(TOKENS), ...keys.map((key) => key.secret), wrong]) {
        const headers = { 'x-api-key': secret };
        await hear(read(gateway, site.url('/page'), headers));
        await hear(read(gateway, contradiction, headers));
        await hear(read(gateway, `https://ada:hunter2@example.com/`, headers));
        await hear(get(gateway, '/v1/keys', headers));
        await hear(get(gateway, '/v1/statistics', headers));
        await hear(get(gateway, '/health/ready', headers));
        await hear(call(gateway, 'DELETE', '/v1/previews?tag=x', { headers }));
        const order = { headers: { ...headers, 'content-type': 'application/json' }, body: '{"urls":["x"]}' };
        await hear(call(gateway, 'POST', '/v1/warm', order));
        await hear(get(gateway, '/queues/api/queues', { authorization: basic(secret) }));
        await hear(get(gateway, `/?url=${'x'.repeat(20_000)}`, headers));
      }
    };
    await useAll();
    await revokeKey(gateway, keys[0]!.id);
    for (const server of [postgres, stack.cache, stack.queue]) server.process.signal('SIGKILL');
    await useAll();
    await revokeKey(gateway, keys[1]!.id);
    await eventually(
      async () => gateway.log.join('\n'),
      (log) => log.includes('EFATAL') && log.includes('is down'),
    );
  } finally {
    await stack.stop();
    await postgres.stop();
    await site.stop();
  }
  const logs = [...stack.gateways, ...stack.workers].flatMap(({ log }) => log);
  expect(logs.length).toBeGreaterThan(20);
  expect(said.length).toBeGreaterThan(200);
  const isTold = (secret: string) => logs.some((line) => line.includes(secret));
  expect([...secrets].filter(isTold)).toEqual([]);
  // The address of a page is the caller's own word, and comes back to him.
  const answered = (secret: string) => secret !== 'hunter2' && said.some((text) => text.includes(secret));
  expect([...secrets].filter(answered)).toEqual([]);
});
