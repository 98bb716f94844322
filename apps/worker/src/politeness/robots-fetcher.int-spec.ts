import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite } from '../../../../test/support/fake-site.js';
import { AddressGuard } from '../fetch/address-guard.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import { guardedAgent } from '../fetch/guarded-agent.js';
import { RobotsFetcher } from './robots-fetcher.js';

let site: FakeSite;
const agents: ReturnType<typeof guardedAgent>[] = [];

beforeAll(async () => {
  site = await FakeSite.start('127.0.0.2');
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.destroy()));
  await site.stop();
});

function fetcher(allowCidrs = ['127.0.0.0/8'], timeoutMs = 5_000): RobotsFetcher {
  const guard = new AddressGuard({ ports: [80], allowCidrs });
  const agent = guardedAgent({
    guard,
    connectTimeoutMs: 1_000,
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
  });
  agents.push(agent);
  return new RobotsFetcher({ agent, userAgent: 'Warmlink/1 (tests)', timeoutMs });
}

const origin = () => new URL(site.url('/')).origin;

/** Has the site answer so at /robots.txt. */
function answers(status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): void {
  site.on('/robots.txt', (_request, response) => response.writeHead(status, headers).end(body));
}

describe('a robots.txt', () => {
  test('is had with our name, whatever its type and coding', async () => {
    let userAgent: string | undefined;
    site.on('/robots.txt', (request, response) => {
      userAgent = request.headers['user-agent'];
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('\uFEFFUser-agent: *'));
    });
    expect(await fetcher().fetch(origin())).toEqual({ kind: 'rules', text: 'User-agent: *' });
    expect(userAgent).toBe('Warmlink/1 (tests)');
  });

  test.each([
    [404, 'none'],
    [403, 'none'],
    [500, 'fault'],
    [503, 'fault'],
    [204, 'rules'],
    [304, 'none'],
  ])('that is answered with %i is %s', async (status, kind) => {
    answers(status);
    expect(await fetcher().fetch(origin())).toMatchObject({ kind });
  });

  test('that is not compressed as it says is a fault', async () => {
    answers(200, { 'content-encoding': 'gzip' }, 'plain');
    expect(await fetcher().fetch(origin())).toEqual({ kind: 'fault' });
  });

  test('is read in whole lines, up to 500 KiB', async () => {
    const line = `Disallow: /${'x'.repeat(987)}\n`;
    answers(200, {}, line.repeat(2_000));
    const file = await fetcher().fetch(origin());
    expect(file).toEqual({ kind: 'rules', text: line.repeat(Math.floor((500 * 1024) / line.length)) });
  });

  test('is followed through five redirects, and no further', async () => {
    const hops = (count: number) => {
      site.on('/robots.txt', (request, response) => {
        const hop = Number(new URL(request.url!, origin()).searchParams.get('hop') ?? 0);
        if (hop < count) response.writeHead(302, { location: `/robots.txt?hop=${hop + 1}` }).end();
        else response.writeHead(200).end('User-agent: x');
      });
      return fetcher().fetch(origin());
    };
    expect(await hops(5)).toMatchObject({ kind: 'rules' });
    expect(await hops(6)).toEqual({ kind: 'none' });
  });

  test('of a private address is refused, and so is a redirect to one', async () => {
    await expect(fetcher([]).fetch(origin())).rejects.toMatchObject({ failure: { code: 'EFORBIDDENURL' } });
    answers(302, { location: 'http://10.0.0.1/robots.txt' });
    await expect(fetcher().fetch(origin())).rejects.toMatchObject({ failure: { code: 'EFORBIDDENURL' } });
  });

  test('that does not come in time is the failure that a page would be', async () => {
    site.on('/robots.txt', () => undefined);
    await expect(fetcher(undefined, 100).fetch(origin())).rejects.toBeInstanceOf(FetchFailed);
  });
});
