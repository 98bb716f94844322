import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../../../../test/support/fake-site.js';
import { AddressGuard } from './address-guard.js';
import { FetchFailed } from './fetch-failed.js';
import { guardedAgent, type GuardedAgentOptions } from './guarded-agent.js';
import { PageFetcher, type PageFetcherOptions } from './page-fetcher.js';
import type { OtherContent } from './page-response.js';
import { dialThrough } from './proxy-tunnel.js';
import { type Answering, FakeInternet } from './trial/fake-internet.js';
import { PUBLIC_ADDRESS } from './trial/fake-names.js';

const MAX_BYTES = 256 * 1024;

let site: FakeSite;
let internet: FakeInternet;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  site = await FakeSite.start('127.0.0.2');
  internet = await FakeInternet.start();
});

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

afterAll(async () => {
  await site.stop();
  await internet.stop();
});

/** A fetcher that may visit the fake site. */
function aFetcher(options: Partial<PageFetcherOptions> = {}, out: Partial<GuardedAgentOptions> = {}) {
  const agent = guardedAgent({
    guard: new AddressGuard({ ports: [80, 443], allowCidrs: ['127.0.0.2/32'] }),
    connectTimeoutMs: 2_000,
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
    ...out,
  });
  closing.push(() => agent.destroy());
  return new PageFetcher({
    agent,
    maxBytes: MAX_BYTES,
    userAgent: 'Warmlink/test',
    fallbackUserAgent: 'Mozilla/5.0 (compatible; Warmlink/test)',
    consentCookie: 'SOCS=CAI',
    ...options,
  });
}

/** A fetcher in the fake internet, where all names are public and all is answered so. */
function inTheFakeInternet(answering: Answering, out: Partial<GuardedAgentOptions> = {}) {
  internet.become(() => Promise.resolve([PUBLIC_ADDRESS]), answering);
  return aFetcher({}, { resolve: internet.resolve, dial: internet.dial, ca: internet.ca, ...out });
}

interface Read {
  readonly text: string;
  readonly finalUrl: string;
  readonly redirects: number;
}

async function read(fetcher: PageFetcher, url: string, timeoutMs = 10_000): Promise<Read> {
  return fetcher.fetch({ url, validators: null, signal: AbortSignal.timeout(timeoutMs) }, async (page) => {
    if (page.kind !== 'html') throw new Error(`expected HTML, and not ${page.kind}`);
    let text = '';
    for await (const piece of page.text) text += piece;
    return { text, finalUrl: page.finalUrl, redirects: page.redirects.length };
  });
}

async function content(fetcher: PageFetcher, url: string): Promise<OtherContent> {
  return fetcher.fetch({ url, validators: null, signal: AbortSignal.timeout(10_000) }, (page) => {
    if (page.kind !== 'content') throw new Error(`expected no HTML, and not ${page.kind}`);
    return Promise.resolve(page);
  });
}

const failsWith = (code: string) => expect.objectContaining({ failure: expect.objectContaining({ code }) });

describe('redirects', () => {
  test('of a site that sets a cookie and looks whether it comes back lead to its page', async () => {
    site.on('/cookie-wall', (request, response) => {
      if (request.headers.cookie === 'seen=1') response.end(html('Behind the wall'));
      else response.writeHead(302, { 'set-cookie': 'seen=1; Path=/', location: '/cookie-wall' }).end();
    });
    const page = await read(aFetcher(), site.url('/cookie-wall'));
    expect(page).toMatchObject({ text: expect.stringContaining('Behind the wall'), redirects: 1 });
    // Nothing is left of it for the next visitor.
    site.on('/cookie-free', (request, response) => response.end(html(`Cookies: ${request.headers.cookie}`)));
    expect((await read(aFetcher(), site.url('/cookie-free'))).text).toContain('Cookies: undefined');
  });

  test('in a circle are not followed twice', async () => {
    site.on('/circle', (_request, response) => response.writeHead(301, { location: '/circle' }).end());
    await expect(read(aFetcher(), site.url('/circle'))).rejects.toEqual(failsWith('EMAXREDIRECTS'));
    expect(site.visitsTo('/circle')).toBe(1);
  });

  test('are followed ten times and no further', async () => {
    site.on('/count', (request, response) => {
      const left = Number(request.url?.split('?')[1]);
      if (left === 0) response.end(html('Arrived'));
      else response.writeHead(302, { location: `/count?${left - 1}` }).end();
    });
    expect(await read(aFetcher(), site.url('/count?10'))).toMatchObject({ redirects: 10 });
    await expect(read(aFetcher(), site.url('/count?11'))).rejects.toEqual(failsWith('EMAXREDIRECTS'));
  });

  test('with an endless body are followed all the same', async () => {
    site.on('/chatty', (_request, response) => {
      response.writeHead(302, { location: '/quiet' }).write('on and on');
    });
    site.page('/quiet', html('Quiet'));
    expect((await read(aFetcher(), site.url('/chatty'))).text).toContain('Quiet');
  });

  test('to what the guard refuses end there', async () => {
    site.on('/inside', (_request, response) =>
      response.writeHead(302, { location: site.url('/').replace('127.0.0.2', '127.0.0.1') }).end(),
    );
    await expect(read(aFetcher(), site.url('/inside'))).rejects.toEqual(failsWith('EFORBIDDENURL'));
  });
});

describe('a wall', () => {
  test('against unknown agents is tried once more by the other name', async () => {
    site.on('/picky', (request, response) => {
      if (request.headers['user-agent']?.startsWith('Mozilla/5.0')) response.end(html('Let in'));
      else response.writeHead(403).end('who are you?');
    });
    expect((await read(aFetcher(), site.url('/picky'))).text).toContain('Let in');
    expect(site.visitsTo('/picky')).toBe(2);
  });

  test('that stays closed is told as it is, after two tries', async () => {
    site.on('/closed', (_request, response) => response.writeHead(403).end());
    await expect(read(aFetcher(), site.url('/closed'))).rejects.toMatchObject({
      failure: { code: 'EORIGINSTATUS', statusCode: 403 },
    });
    expect(site.visitsTo('/closed')).toBe(2);
  });

  test('is left alone where both names are one', async () => {
    site.on('/once', (_request, response) => response.writeHead(401).end());
    const fetcher = aFetcher({ fallbackUserAgent: 'Warmlink/test' });
    await expect(read(fetcher, site.url('/once'))).rejects.toEqual(failsWith('EORIGINSTATUS'));
    expect(site.visitsTo('/once')).toBe(1);
  });

  test('of consent is passed with the cookie, which only its host gets', async () => {
    const cookies: string[] = [];
    const fetcher = inTheFakeInternet((request, response) => {
      cookies.push(`${request.headers.host} ${request.headers.cookie}`);
      if (request.headers.host === 'start.test') {
        response.writeHead(302, { location: 'https://video.test/watch' }).end();
      } else if (request.headers.cookie === 'SOCS=CAI') response.end(html('The video'));
      else response.writeHead(302, { location: 'https://consent.video.test/m?continue=x' }).end();
    });
    expect(await read(fetcher, 'https://start.test/')).toMatchObject({
      text: expect.stringContaining('The video'),
      finalUrl: 'https://video.test/watch',
    });
    expect(cookies).toEqual([
      'start.test undefined',
      'video.test undefined',
      'start.test undefined',
      'video.test SOCS=CAI',
    ]);
  });

  test('of consent that wants more is no page', async () => {
    const fetcher = inTheFakeInternet((_request, response) =>
      response.writeHead(302, { location: 'https://consent.video.test/' }).end(),
    );
    await expect(read(fetcher, 'https://video.test/')).rejects.toEqual(failsWith('ENOTPREVIEWABLE'));
    expect(internet.connections.map(({ hostname }) => hostname)).not.toContain('consent.video.test');
  });
});

describe('bounds', () => {
  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('a bomb in %s is read to the limit', async (coding, compress) => {
    const bomb = compress(Buffer.concat([Buffer.from(html('Bomb')), Buffer.alloc(64 * 1024 * 1024, ' ')]));
    site.on(`/bomb-${coding}`, (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': coding }).end(bomb),
    );
    expect(await read(aFetcher(), site.url(`/bomb-${coding}`))).toMatchObject({
      text: expect.stringMatching(/^.{262144}$/s),
    });
  });

  test('an endless body is read to the limit', async () => {
    site.on('/endless', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      const more = () => void (response.destroyed || response.write('x'.repeat(16_384), more));
      more();
    });
    expect((await read(aFetcher(), site.url('/endless'))).text).toHaveLength(MAX_BYTES);
  });

  /** Sends a piece now and then, for as long as somebody listens. */
  const drip =
    (start: string, piece: string): Answering =>
    (_request, { socket }) => {
      socket?.write(start);
      const timer = setInterval(() => socket?.write(piece), 20);
      socket?.once('close', () => clearInterval(timer));
    };

  test.each([
    ['a body that drips', 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n', 'x'],
    ['headers that drip', 'HTTP/1.1 200 OK\r\nx-slow: ', 'x'],
    ['hints without end', 'HTTP/1.1 103 Early Hints\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['silence', '', ''],
  ])('%s: the deadline ends it', async (what, start, piece) => {
    const path = `/${what.replaceAll(' ', '-')}`;
    site.on(path, drip(start, piece));
    const startedAt = performance.now();
    await expect(read(aFetcher(), site.url(path), 400)).rejects.toEqual(failsWith('EORIGINTIMEOUT'));
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test('silence within a body has a deadline of its own', async () => {
    site.on('/falls-silent', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).write('<title>');
    });
    await expect(read(aFetcher({}, { bodyTimeoutMs: 300 }), site.url('/falls-silent'))).rejects.toEqual(
      failsWith('EORIGINTIMEOUT'),
    );
  });

  test('headers have a deadline of their own', async () => {
    site.on('/no-headers', () => undefined);
    await expect(read(aFetcher({}, { headersTimeoutMs: 300 }), site.url('/no-headers'))).rejects.toEqual(
      failsWith('EORIGINTIMEOUT'),
    );
  });

  test('headers without end are cut off', async () => {
    site.on('/long-headers', (_request, { socket }) => {
      socket?.write(`HTTP/1.1 200 OK\r\n${`x-filler: ${'x'.repeat(1_000)}\r\n`.repeat(100)}`);
    });
    await expect(read(aFetcher(), site.url('/long-headers'))).rejects.toEqual(failsWith('ETOOLARGE'));
  });

  test('a look-up that never ends has the deadline of connecting', async () => {
    const fetcher = aFetcher({}, { connectTimeoutMs: 200, resolve: () => new Promise(() => undefined) });
    await expect(read(fetcher, 'http://nowhere.test/')).rejects.toEqual(failsWith('EUNREACHABLE'));
  });
});

describe('what is not HTML', () => {
  test('comes with its type, its length, its name and its first bytes', async () => {
    const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(200_000, 'x')]);
    site.on('/file', (_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': bytes.length,
        'content-disposition': `attachment; filename="plain.pdf"; filename*=UTF-8''%C3%BCber.pdf`,
      });
      response.end(bytes);
    });
    const file = await content(aFetcher(), site.url('/file'));
    expect(file).toMatchObject({
      mediaType: 'application/pdf',
      contentType: 'application/octet-stream',
      contentLength: bytes.length,
      fileName: 'über.pdf',
    });
    expect(file.firstBytes).toEqual(bytes.subarray(0, 128 * 1024));
  });

  test('is told by its bytes where nothing is declared', async () => {
    site.on('/undeclared', (_request, response) => response.end(html('Undeclared')));
    expect((await read(aFetcher(), site.url('/undeclared'))).text).toContain('Undeclared');
    site.on('/words', (_request, response) => response.end('Just words.'));
    expect(await content(aFetcher(), site.url('/words'))).toMatchObject({
      mediaType: 'text/plain',
      contentType: null,
    });
  });
});

describe('TLS', () => {
  const hello: Answering = (_request, response) => response.end(html('Hello'));

  test('shows the name that was asked for, whatever the address', async () => {
    expect((await read(inTheFakeInternet(hello), 'https://a.test/')).text).toContain('Hello');
    expect(internet.connections).toEqual([{ hostname: 'a.test', address: PUBLIC_ADDRESS, port: 443 }]);
  });

  test('ends where nobody vouches for the certificate', async () => {
    const { ca: _trusted, ...untrusting } = {
      ca: internet.ca,
      resolve: internet.resolve,
      dial: internet.dial,
    };
    internet.become(() => Promise.resolve([PUBLIC_ADDRESS]), hello);
    await expect(read(aFetcher({}, untrusting), 'https://a.test/')).rejects.toEqual(
      failsWith('EUNREACHABLE'),
    );
  });

  test("ends where the certificate is another host's", async () => {
    // By its address the host is asked for without a name, and has none to show.
    await expect(read(inTheFakeInternet(hello), `https://${PUBLIC_ADDRESS}/`)).rejects.toEqual(
      failsWith('EUNREACHABLE'),
    );
  });
});

describe('through a proxy', () => {
  interface Asked {
    readonly authority: string | undefined;
    readonly credentials: string | undefined;
  }

  /** Connects everything to the fake internet, or answers with a status. */
  async function aProxy(statusCode = 200): Promise<{ url: string; asked: Asked[] }> {
    const asked: Asked[] = [];
    const proxy: Server = createServer((_request, response) => response.writeHead(405).end());
    proxy.on('connect', (request, socket) => {
      asked.push({ authority: request.url, credentials: request.headers['proxy-authorization'] });
      socket.on('error', () => undefined);
      if (statusCode !== 200) return void socket.end(`HTTP/1.1 ${statusCode} No\r\n\r\n`);
      const port = Number(request.url?.split(':').at(-1));
      return void internet
        .dial({ hostname: 'by proxy', addresses: [PUBLIC_ADDRESS], port }, AbortSignal.timeout(2_000))
        .then((upstream) => {
          socket.write('HTTP/1.1 200 Connected\r\n\r\n');
          upstream
            .on('error', () => undefined)
            .pipe(socket)
            .pipe(upstream);
        });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    });
    const { port } = proxy.address() as AddressInfo;
    return { url: `http://user:p%40ss@127.0.0.1:${port}`, asked };
  }

  const hello: Answering = (request, response) => response.end(html(`Hello from ${request.headers.host}`));

  test('a name is resolved here, and the proxy sees nothing but the address', async () => {
    const proxy = await aProxy();
    const fetcher = inTheFakeInternet(hello, { dial: dialThrough(proxy.url) });
    expect((await read(fetcher, 'https://a.test/')).text).toContain('Hello from a.test');
    expect((await read(fetcher, 'http://b.test/')).text).toContain('Hello from b.test');
    const credentials = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(proxy.asked).toEqual([
      { authority: `${PUBLIC_ADDRESS}:443`, credentials },
      { authority: `${PUBLIC_ADDRESS}:80`, credentials },
    ]);
  });

  test('nothing is asked for what the guard refuses', async () => {
    const proxy = await aProxy();
    const fetcher = inTheFakeInternet(hello, {
      dial: dialThrough(proxy.url),
      resolve: () => Promise.resolve(['10.0.0.1']),
    });
    await expect(read(fetcher, 'http://a.test/')).rejects.toEqual(failsWith('EFORBIDDENURL'));
    await expect(read(fetcher, 'http://[::1]/')).rejects.toEqual(failsWith('EFORBIDDENURL'));
    expect(proxy.asked).toEqual([]);
  });

  test('certificates are verified all the same', async () => {
    const proxy = await aProxy();
    internet.become(() => Promise.resolve([PUBLIC_ADDRESS]), hello);
    const fetcher = aFetcher({}, { resolve: internet.resolve, dial: dialThrough(proxy.url) });
    await expect(read(fetcher, 'https://a.test/')).rejects.toEqual(failsWith('EUNREACHABLE'));
  });

  test('the next address is tried where one can not be reached', async () => {
    const proxy = await aProxy(502);
    const fetcher = inTheFakeInternet(hello, {
      dial: dialThrough(proxy.url),
      resolve: () => Promise.resolve(['2606:4700::1111', '1.1.1.1']),
    });
    await expect(read(fetcher, 'http://a.test/')).rejects.toEqual(failsWith('EUNREACHABLE'));
    expect(proxy.asked.map(({ authority }) => authority)).toEqual(['[2606:4700::1111]:80', '1.1.1.1:80']);
  });

  test("what is wrong with the proxy is not the origin's fault", async () => {
    const proxy = await aProxy(407);
    for (const url of [proxy.url, 'http://127.0.0.1:1']) {
      const visit = read(inTheFakeInternet(hello, { dial: dialThrough(url) }), 'http://a.test/');
      const error: unknown = await visit.catch((fault: unknown) => fault);
      expect(error).toMatchObject({ code: 'EPROXY' });
      expect(error).not.toBeInstanceOf(FetchFailed);
    }
  });
});

test('an address that was judged is the one that is connected to, and a name that moves inside is refused', async () => {
  const answers = [[PUBLIC_ADDRESS], ['127.0.0.1']];
  internet.become(
    () => Promise.resolve(answers.shift() ?? []),
    (_request, response) => response.setHeader('connection', 'close').end(html('Outside')),
  );
  const fetcher = aFetcher({}, { resolve: internet.resolve, dial: internet.dial });
  expect((await read(fetcher, 'http://rebind.test/')).text).toContain('Outside');
  await expect(read(fetcher, 'http://rebind.test/')).rejects.toEqual(failsWith('EFORBIDDENURL'));
  await expect(read(fetcher, 'http://rebind.test/')).rejects.toEqual(failsWith('EUNREACHABLE'));
  expect(internet.connections.map(({ address }) => address)).toEqual([PUBLIC_ADDRESS]);
});
