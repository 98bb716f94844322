import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { type App, read, Stack } from '../support/stack.js';
import { ageStoredPreviews } from '../support/test-servers.js';

/** Names requests as a proxy in front would. */
const named = (id: string) => ({ 'x-request-id': id });

let stack: Stack;
let site: FakeSite;

beforeAll(async () => {
  [stack, site] = await Promise.all([
    Stack.start({ environment: { LOG_LEVEL: 'debug', L1_MAX_AGE: '1ms' } }),
    FakeSite.start('127.0.0.2'),
  ]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

/** The lines of a process that bear a request's id, once there is one with this message. */
async function linesOf({ log }: App, requestId: string, message: string): Promise<readonly Line[]> {
  const find = async () =>
    log.map((line) => JSON.parse(line) as Line).filter((line) => line.requestId === requestId);
  return eventually(find, (lines) => lines.some(({ msg }) => msg === message));
}

interface Line {
  readonly msg: string;
  readonly requestId?: string;
  readonly [field: string]: unknown;
}

describe('a request’s id', () => {
  test('is in the answer, in the gateway’s log, and in that of the worker that scraped for it', async () => {
    site.page('/cold', html('Cold'));
    const { headers } = await read(stack.gateway, site.url('/cold'), named('from-the-proxy.1'));
    expect(headers.get('x-request-id')).toBe('from-the-proxy.1');
    const [answered] = await linesOf(stack.gateway, 'from-the-proxy.1', 'request answered');
    expect(answered).toMatchObject({ service: 'gateway', method: 'GET', route: '/v1/preview', status: 200 });
    const [ended] = await linesOf(stack.workers[0]!, 'from-the-proxy.1', 'job ended');
    expect(ended).toMatchObject({
      service: 'worker',
      job: 'scrape',
      jobId: expect.any(String),
      work: 'scraped',
      outcome: 'success',
    });
  });

  test('goes with the refresh behind a stale answer, also where the hot lane gives it', async () => {
    site.page('/stale', html('Stale'));
    for (let time = 0; time < 3; time += 1) await read(stack.gateway, site.url('/stale'));
    await stack.cache.process.stop();
    await ageStoredPreviews(stack.databaseUrl, 3_600_000);
    const { status } = await read(stack.gateway, site.url('/stale'), named('stale.2'));
    expect(status).toBe(200);
    const [ended] = await linesOf(stack.workers[0]!, 'stale.2', 'job ended');
    expect(ended).toMatchObject({ job: 'refresh' });
  });

  test('is in an error, and one that can’t be written anywhere is replaced', async () => {
    const failed = await read(stack.gateway, 'no-url', named('wrong.3'));
    expect([failed.body.id, failed.headers.get('x-request-id')]).toEqual(['wrong.3', 'wrong.3']);
    const replaced = await read(stack.gateway, 'no-url', named('two words'));
    expect(replaced.body.id).toMatch(/^[\da-f-]{36}$/);
    expect(replaced.headers.get('x-request-id')).toBe(replaced.body.id);
  });
});
