import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { type ClientPackages, clientPackages, INSTALL_MS } from '../support/client-packages.js';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { Relay } from '../support/relay.js';
import { read, Stack, TOKENS } from '../support/stack.js';

/** What we use of it: the call, and the error that it throws. */
interface Mql {
  (url: string, options: object): Promise<Resolved>;
  readonly version: string;
}

interface Resolved {
  readonly status: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly response: { readonly headers: Headers | Readonly<Record<string, string>> };
}

/** Packages, in the two ways to get them: the older one has another HTTP client for CommonJS. */
const CLIENTS: readonly [string, string, (packages: ClientPackages) => Promise<Mql>][] = [
  ['mql 0.19.0', '0.19.0', (packages) => imported(packages, 'newest-mql')],
  ['mql 0.13.20', '0.13.20', (packages) => imported(packages, '@microlink/mql')],
  ['mql 0.13.20 as CommonJS', '0.13.20', async (packages) => packages.require('@microlink/mql') as Mql],
];

async function imported(packages: ClientPackages, name: string): Promise<Mql> {
  return ((await packages.load(name)) as { default: Mql }).default;
}

const HEAD = `
  <meta name="description" content="What it is about."><meta property="og:image" content="/picture.png">
  <meta property="og:site_name" content="The Site"><meta name="author" content="Ada Lovelace">`;

let packages: ClientPackages;
let stack: Stack;
let site: FakeSite;
let relay: Relay;

beforeAll(async () => {
  packages = await clientPackages();
  [stack, site] = await Promise.all([Stack.start(), FakeSite.start('127.0.0.2')]);
  relay = await Relay.start(stack.gateway);
}, INSTALL_MS);

afterAll(async () => {
  await relay.stop();
  await stack.stop();
  await site.stop();
});

describe.each(CLIENTS)('%s', (name, version, get) => {
  let mql: Mql;
  const page = (path: string): string => {
    const own = `/${encodeURIComponent(name)}${path}`;
    site.page(own, html('The Page', HEAD));
    return site.url(own);
  };
  const ask = (url: string, options: object = {}) => mql(url, { endpoint: relay.url, ...options });

  beforeAll(async () => {
    mql = await get(packages);
  });

  test('is the one that it is taken for', () => {
    expect(mql.version).toBe(version);
  });

  test.each(['', '/', '/v1/preview'])('gets a preview from the endpoint http://host%s', async (path) => {
    const url = page(path || '/none');
    const { status, data, response } = await ask(url, { endpoint: relay.url + path });
    expect(status).toBe('success');
    expect(data).toMatchObject({
      url,
      title: 'The Page',
      description: 'What it is about.',
      lang: 'en',
      author: 'Ada Lovelace',
      publisher: 'The Site',
      date: null,
      image: { url: site.url('/picture.png') },
      logo: { url: site.url('/favicon.ico') },
      video: null,
      audio: null,
      iframe: null,
    });
    expect(headers(response)).toMatchObject({ 'x-cache-status': 'MISS', 'x-fetch-mode': 'fetch' });
    expect(relay.about(url)).toHaveLength(1);
  });

  test('gets the colours of a picture with its one request', async () => {
    const picture = sharp({ create: { width: 9, height: 9, channels: 3, background: '#E1306C' } });
    const png = await picture.png().toBuffer();
    site.on('/pink.png', (_request, response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end(png),
    );
    const own = `/${encodeURIComponent(name)}/pink`;
    site.page(own, html('Pink', '<meta property="og:image" content="/pink.png">'));
    const { data } = await ask(site.url(own), { palette: true });
    expect(data['image']).toMatchObject({
      palette: ['#E1306C'],
      background_color: '#E1306C',
      color: '#000000',
      alternative_color: '#000000',
    });
    expect(relay.about(site.url(own))).toHaveLength(1);
  });

  const failures: readonly [string, (site: FakeSite) => string, object, number, string][] = [
    ['a page that is not there', () => site.url('/nowhere'), {}, 404, 'ENOTFOUND'],
    ['an origin that fails', () => site.url('/broken'), {}, 422, 'EORIGINSTATUS'],
    ['an origin that is not there', () => 'http://127.0.0.2:1/', {}, 422, 'EUNREACHABLE'],
    ['an address inside', () => 'http://10.0.0.1/', {}, 403, 'EFORBIDDENURL'],
    ['a URL with a user in it', () => 'http://ada:secret@example.com/', {}, 400, 'EINVALURL'],
    ['a ttl out of bounds', () => site.url('/'), { ttl: '1s' }, 400, 'EINVALTTL'],
    ['a staleTtl beyond it', () => site.url('/'), { ttl: '1h', staleTtl: '1d' }, 400, 'EINVALSTTL'],
    ['a key that nobody holds', () => site.url('/'), { apiKey: 'wrong' }, 401, 'EAUTH'],
    ['force without a key', () => site.url('/'), { force: true }, 401, 'EAUTH'],
    [
      'force with a key that is too small',
      () => site.url('/'),
      { force: true, apiKey: TOKENS.reader },
      403,
      'EFORBIDDEN',
    ],
  ];

  test.each(failures)('throws its own error for %s, and asks no second time', async (...failure) => {
    const [, url, options, statusCode, code] = failure;
    site.on('/broken', (_request, response) => response.writeHead(500).end());
    const before = relay.about(url(site)).length;
    const error = await ask(url(site), options).then(resolved, (thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'MicrolinkError',
      status: 'fail',
      code,
      statusCode,
      message: expect.stringMatching(new RegExp(`^${code}, .`)),
      description: expect.any(String),
      more: expect.any(String),
      id: expect.any(String),
      data: expect.any(Object),
      headers: { 'x-request-id': expect.any(String) },
    });
    expect(relay.about(url(site)).length - before).toBe(1);
  });

  test('learns which status the origin gave', async () => {
    site.on('/teapot', (_request, response) => response.writeHead(418).end());
    await expect(ask(site.url('/teapot'))).rejects.toMatchObject({ data: { statusCode: 418 } });
  });

  test('sends its key as a header, and forces a visit with a writer’s', async () => {
    const url = page('/forced');
    const options = { force: true, apiKey: TOKENS.writer };
    await ask(url);
    const { response } = await ask(url, options);
    expect(headers(response)).toMatchObject({ 'x-cache-status': 'BYPASS' });
    expect(relay.about(url).at(-1)?.headers['x-api-key']).toBe(TOKENS.writer);
    expect(site.visitsTo(new URL(url).pathname)).toBe(2);
  });

  test.each([
    ['filter', { filter: 'url,title' }, ['url', 'title']],
    ['a filter of parts', { filter: 'title,image.url' }, ['title', 'image']],
    ['meta', { meta: false }, ['url']],
  ])('gets the fields that %s leaves', async (_option, options, fields) => {
    const { data } = await ask(page('/fields'), options);
    expect(Object.keys(data)).toEqual(fields);
  });

  test('leaves out a field by a nested option', async () => {
    const { data } = await ask(page('/without'), { meta: { image: false } });
    expect(data).toMatchObject({ title: 'The Page', description: 'What it is about.' });
    expect(Object.keys(data)).not.toContain('image');
  });

  test.each([
    ['ttl', { ttl: '1d' }],
    ['ttl in milliseconds', { ttl: 3_600_000 }],
    ['ttl and staleTtl', { ttl: '2hours', staleTtl: '90secs' }],
    ['ttl and stale_ttl', { ttl: '1day', stale_ttl: '1h' }],
  ])('is answered from the copy that is within %s', async (_option, options) => {
    const url = page('/limits');
    await ask(url);
    const { response } = await ask(url, options);
    expect(headers(response)).toMatchObject({ 'x-cache-status': 'HIT' });
    expect(site.visitsTo(new URL(url).pathname)).toBe(1);
  });

  test.each([
    ['staleTtl', { staleTtl: 0 }],
    ['stale_ttl', { stale_ttl: 0 }],
  ])('with %s 0 is answered from the copy, which is renewed behind', async (option, options) => {
    const url = page(`/renewed-by-${option}`);
    await ask(url);
    const { response } = await ask(url, options);
    expect(headers(response)).toMatchObject({ 'x-cache-status': 'HIT' });
    const visits = async () => site.visitsTo(new URL(url).pathname);
    expect(await eventually(visits, (count) => count > 1)).toBe(2);
  });

  test('may ask for what we do not do', async () => {
    const { status, data } = await ask(page('/more'), {
      data: { heading: { selector: 'h1', attr: 'text' } },
      screenshot: true,
      pdf: { format: 'A4', scale: 2 },
      palette: true,
      video: true,
      audio: true,
      iframe: { maxWidth: 350 },
      prerender: 'auto',
      retry: 2,
    });
    expect(status).toBe('success');
    expect(data).toMatchObject({ title: 'The Page', video: null, audio: null, iframe: null });
  });
});

describe('a service that has no room', () => {
  let crowded: Stack;
  let door: Relay;
  let clients: readonly Mql[];

  beforeAll(async () => {
    crowded = await Stack.start({ environment: { QUEUE_MAX_WAITING: String(CLIENTS.length) } });
    crowded.workers[0]!.process.signal('SIGSTOP'); // it is there as soon as it is let go
    door = await Relay.start(crowded.gateway);
    clients = await Promise.all(CLIENTS.map(([, , get]) => get(packages)));
    // One after the other: of those who come at once a few too many may be let in.
    for (const index of CLIENTS.keys()) {
      await read(crowded.gateway, site.url(`/before-${index}`), {}, '&wait=0');
    }
  });

  afterAll(async () => {
    crowded.workers[0]!.process.signal('SIGCONT');
    await door.stop();
    await crowded.stop();
  });

  const pageOf = (index: number): string => {
    site.page(`/client-${index}`, html(`Client ${index}`));
    return site.url(`/client-${index}`);
  };

  /** How long a client let pass before each further request, in seconds. */
  const pausesBefore = (url: string): readonly number[] => {
    const times = door.about(url).map(({ at }) => at);
    return times.slice(1).map((at, index) => (at - times[index]!) / 1_000);
  };

  test('is asked three times, no sooner than it says, before a client gives up', async () => {
    const errors = await Promise.all(
      clients.map((mql, index) =>
        mql(pageOf(index), { endpoint: door.url }).then(resolved, (thrown: unknown) => thrown),
      ),
    );
    for (const [index, error] of errors.entries()) {
      expect(error).toMatchObject({
        name: 'MicrolinkError',
        status: 'error',
        code: 'EBUSY',
        statusCode: 503,
        headers: { 'retry-after': '5' },
      });
      const pauses = pausesBefore(pageOf(index));
      expect(pauses).toHaveLength(2);
      expect(Math.min(...pauses)).toBeGreaterThan(4.9);
    }
  });

  test('and then has some again answers without the caller noticing', async () => {
    const asked = clients.map((_mql, index) => door.about(pageOf(index)).length);
    const answers = Promise.all(clients.map((mql, index) => mql(pageOf(index), { endpoint: door.url })));
    await eventually(
      async () => clients.every((_mql, index) => door.about(pageOf(index)).length > asked[index]!),
      Boolean,
    );
    crowded.workers[0]!.process.signal('SIGCONT');
    expect((await answers).map(({ data }) => data['title'])).toEqual(['Client 0', 'Client 1', 'Client 2']);
  });
});

/** One client has them as fetch gives them, another as an object. */
function headers({ headers: given }: Resolved['response']): Readonly<Record<string, string>> {
  return given instanceof Headers ? Object.fromEntries(given) : given;
}

function resolved(answer: Resolved): never {
  throw new Error(`this was to fail, and gave ${JSON.stringify(answer.data)}`);
}
