import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakeSite, html } from '../support/fake-site.js';
import { read, Stack } from '../support/stack.js';

let stack: Stack;
let site: FakeSite;

beforeAll(async () => {
  [stack, site] = await Promise.all([
    Stack.start({ environment: { FETCH_ALLOW_CIDRS: '127.0.0.2/32' } }),
    FakeSite.start('127.0.0.2'),
  ]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

const EMBED =
  '<blockquote>Film</blockquote><script async src="https://provider.example/widgets.js"></script>';
const ANSWER = {
  version: '1.0',
  type: 'video',
  author_name: 'Ada Lovelace',
  provider_name: 'The Provider',
  thumbnail_url: 'https://provider.example/still.jpg',
  html: EMBED,
};

/** A page that names a provider at this URL. */
function pageWithProvider(path: string, providerUrl: string): string {
  site.page(
    path,
    html('Film', `<link rel="alternate" type="application/json+oembed" href="${providerUrl}">`),
  );
  return site.url(path);
}

describe('a page that names its oEmbed provider', () => {
  test('has what the provider says where it is silent itself, and something to embed for who asks', async () => {
    site.on('/oembed', (_request, response) => response.end(JSON.stringify(ANSWER)));
    const page = pageWithProvider('/film', '/oembed?format=json');

    const plain = await read(stack.gateway, page, {}, '&meta.provenance=true');
    expect(plain.body.data).toMatchObject({
      title: 'Film',
      author: 'Ada Lovelace',
      publisher: 'The Provider',
      image: { url: 'https://provider.example/still.jpg' },
      iframe: null,
      provenance: { title: 'title', author: 'oembed:author_name', image: 'oembed:thumbnail_url' },
    });
    const embedded = await read(stack.gateway, page, {}, '&iframe=true&iframe.maxWidth=350');
    expect(embedded.headers.get('x-cache-status')).toBe('HIT');
    expect(embedded.body.data).toMatchObject({
      title: 'Film',
      iframe: {
        html: EMBED,
        scripts: [{ async: true, src: 'https://provider.example/widgets.js', charset: null }],
      },
    });
    expect(site.visitsTo('/oembed?format=json')).toBe(1);
  });

  test('is answered by its own validator in each form', async () => {
    site.on('/oembed', (_request, response) => response.end(JSON.stringify(ANSWER)));
    const page = pageWithProvider('/twice', '/oembed');
    const plain = (await read(stack.gateway, page)).headers.get('etag')!;
    const embedded = (await read(stack.gateway, page, {}, '&iframe=true')).headers.get('etag')!;
    expect(plain).not.toBe(embedded);
    const status = async (etag: string, options: string) =>
      (await read(stack.gateway, page, { 'if-none-match': etag }, options)).status;
    expect(await status(plain, '')).toBe(304);
    expect(await status(embedded, '&iframe=true')).toBe(304);
    expect(await status(plain, '&iframe=true')).toBe(200);
  });

  test.each([
    ['fails', '/failing'],
    ['breaks off', '/broken-off'],
    ['says too much', '/endless'],
    ['speaks no JSON', '/no-json'],
    ['is inside', 'http://127.0.0.3/oembed'],
    ['leads inside', '/to-inside'],
  ])('has its preview all the same where the provider %s', async (_what, provider) => {
    site
      .on('/failing', (_request, response) => response.writeHead(500).end(JSON.stringify(ANSWER)))
      .on('/broken-off', (request) => request.socket.destroy())
      .on('/endless', (_request, response) =>
        response.end(JSON.stringify({ ...ANSWER, padding: 'x'.repeat(100_000) })),
      )
      .on('/no-json', (_request, response) => response.end('<p>'))
      .on('/to-inside', (_request, response) =>
        response.writeHead(302, { location: 'http://127.0.0.3/oembed' }).end(),
      );
    const page = pageWithProvider(`/page-of${new URL(provider, site.url('/')).pathname}`, provider);
    const { status, body } = await read(stack.gateway, page, {}, '&iframe=true');
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ title: 'Film', author: null, image: null, iframe: null });
  });
});
