import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite } from '../../../../test/support/fake-site.js';
import { AddressGuard } from './address-guard.js';
import { FetchFailed } from './fetch-failed.js';
import { guardedAgent } from './guarded-agent.js';
import { SmallFetcher } from './small-fetcher.js';

let site: FakeSite;
let agent: ReturnType<typeof guardedAgent>;

beforeAll(async () => {
  site = await FakeSite.start('127.0.0.2');
  agent = guardedAgent({
    guard: new AddressGuard({ ports: [80], allowCidrs: ['127.0.0.2/32'] }),
    connectTimeoutMs: 1_000,
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
  });
});

afterAll(async () => {
  await agent.destroy();
  await site.stop();
});

function fetched(url: string, patienceMs = 5_000, isBeginningEnough = false) {
  return new SmallFetcher({ agent, userAgent: 'Warmlink/1 (tests)' }).fetch({
    url,
    accept: 'application/json',
    maxBytes: 1_000,
    isBeginningEnough,
    signal: AbortSignal.timeout(patienceMs),
  });
}

async function codeOf(url: string, patienceMs?: number): Promise<string> {
  const error: unknown = await fetched(url, patienceMs).catch((thrown: unknown) => thrown);
  return error instanceof FetchFailed ? error.failure.code : String(error);
}

describe('something small', () => {
  test('is had whole, with our name, over redirects and whatever its coding', async () => {
    let userAgent: string | undefined;
    site.on('/from', (_request, response) => response.writeHead(302, { location: '/to?a=1' }).end());
    site.on('/to', (request, response) => {
      userAgent = request.headers['user-agent'];
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'));
    });
    const { bytes, isCut, finalUrl } = await fetched(site.url('/from'));
    expect([String(bytes), isCut, finalUrl]).toEqual(['{"a":1}', false, site.url('/to?a=1')]);
    expect(userAgent).toBe('Warmlink/1 (tests)');
  });

  test('is cut where it turns out to be large, a bomb too', async () => {
    site.on('/bomb', (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000))),
    );
    const { bytes, isCut } = await fetched(site.url('/bomb'));
    expect([bytes.length, isCut]).toEqual([1_000, true]);
  });

  test('is asked for by its beginning where that will do, uncompressed', async () => {
    let asked: unknown;
    site.on('/picture', ({ headers }, response) => {
      asked = [headers.range, headers['accept-encoding']];
      response.writeHead(206, { 'content-range': 'bytes 0-3/4000' }).end('data');
    });
    const { statusCode, bytes } = await fetched(site.url('/picture'), 5_000, true);
    expect([statusCode, String(bytes)]).toEqual([206, 'data']);
    expect(asked).toEqual(['bytes=0-999', 'identity']);
  });

  test('is none where its host fails, hangs, goes in circles or breaks off', async () => {
    site
      .on('/broken', (_request, response) => response.writeHead(500).end('{}'))
      .on('/hanging', () => undefined)
      .on('/dripping', (_request, response) => response.writeHead(200).write('{'))
      .on('/circle', (_request, response) => response.writeHead(302, { location: '/circle' }).end())
      .on('/nowhere', (_request, response) => response.writeHead(302).end())
      .on('/half', (request, response) => {
        response.writeHead(200, { 'content-length': '10' }).write('{', () => request.socket.destroy());
      });
    expect(await codeOf(site.url('/broken'))).toBe('EORIGINSTATUS');
    expect(await codeOf(site.url('/hanging'), 100)).toBe('EORIGINTIMEOUT');
    expect(await codeOf(site.url('/dripping'), 100)).toBe('EORIGINTIMEOUT');
    expect(await codeOf(site.url('/circle'))).toBe('EMAXREDIRECTS');
    expect(await codeOf(site.url('/nowhere'))).toBe('EMAXREDIRECTS');
    expect(await codeOf(site.url('/half'))).toBe('EUNREACHABLE');
  });

  test('is never asked of an address inside, at whatever hop', async () => {
    site.on('/inside', (_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.3/secret' }).end(),
    );
    site.on('/file', (_request, response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    );
    expect(await codeOf('http://127.0.0.3/secret')).toBe('EFORBIDDENURL');
    expect(await codeOf(site.url('/inside'))).toBe('EFORBIDDENURL');
    expect(await codeOf(site.url('/file'))).toBe('EFORBIDDENURL');
  });
});
