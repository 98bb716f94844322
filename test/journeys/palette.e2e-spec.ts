import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { read, Stack, TOKENS } from '../support/stack.js';

let stack: Stack;
let site: FakeSite;
let picture: Buffer;

beforeAll(async () => {
  const create = { width: 400, height: 300, channels: 3, background: '#1B1F24' } as const;
  const stripe = await sharp({ create: { ...create, height: 90, background: '#FFD60A' } })
    .png()
    .toBuffer();
  picture = await sharp({ create })
    .composite([{ input: stripe, top: 0, left: 0 }])
    .png()
    .toBuffer();
  [stack, site] = await Promise.all([Stack.start({ gateways: 2 }), FakeSite.start('127.0.0.2')]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

const asWriter = { 'x-api-key': TOKENS.writer };
const PALETTE = '&palette=true';
const COLORS = {
  palette: ['#1B1F24', '#FFD60A'],
  background_color: '#1B1F24',
  color: '#FFD60A',
  alternative_color: '#FFD60A',
};
const NONE = { palette: [], background_color: null, color: null, alternative_color: null };

/** A page with a picture at an address of its own. */
function pageWithPicture(name: string, send: Parameters<FakeSite['on']>[1] = sendPicture): string {
  site.on(`/${name}.png`, send);
  site.page(`/${name}`, html('Page', `<meta property="og:image" content="/${name}.png">`));
  return site.url(`/${name}`);
}

const sendPicture: Parameters<FakeSite['on']>[1] = (_request, response) =>
  response.writeHead(200, { 'content-type': 'image/png' }).end(picture);

/** How often a picture was fetched for its colours: to measure it, its beginning is asked for. */
function countFetches(name: string, send = sendPicture): { readonly url: string; count: () => number } {
  let count = 0;
  const url = pageWithPicture(name, (request, response) => {
    if (request.headers.range === undefined) count += 1;
    send(request, response);
  });
  return { url, count: () => count };
}

describe('palette=true', () => {
  test('has the colours with the first answer, and only for who asks', async () => {
    const { url, count } = countFetches('first');
    const { body, headers } = await read(stack.gateway, url, {}, PALETTE);
    expect(body.data.image).toMatchObject({ ...COLORS, url: `${url}.png`, type: 'png', width: 400 });
    expect(headers.get('x-cache-status')).toBe('MISS');
    expect(headers.get('cache-control')).toContain('max-age');

    const plain = await read(stack.gateway, url);
    expect(Object.keys(plain.body.data.image)).not.toContain('palette');
    expect(plain.headers.get('etag')).not.toBe(headers.get('etag'));
    const again = await read(stack.gateways[1]!, url, { 'if-none-match': headers.get('etag')! }, PALETTE);
    expect(again.status).toBe(304);
    expect(count()).toBe(1);
  });

  test('costs nothing where nobody asks', async () => {
    const { url, count } = countFetches('unasked');
    await read(stack.gateway, url);
    const measured = () => read(stack.gateway, url);
    await eventually(measured, ({ body }) => body.data.image.type === 'png');
    expect(count()).toBe(0);
  });

  test('costs one visit of the picture, however many ask at once, and none when the page is visited again', async () => {
    const { url, count } = countFetches('many');
    const reads = Array.from({ length: 200 }, (_, index) =>
      read(stack.gateways[index % 2]!, url, {}, PALETTE),
    );
    for (const { body } of await Promise.all(reads)) expect(body.data.image).toMatchObject(COLORS);
    expect(count()).toBe(1);

    const forced = await read(stack.gateway, url, asWriter, `${PALETTE}&force=true`);
    expect(forced.body.data.image).toMatchObject(COLORS);
    expect(site.visitsTo('/many')).toBe(2);
    expect(count()).toBe(1);
  });

  test('waits no longer than the caller does, and has them later', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const { url, count } = countFetches('slow', (request, response) => {
      void gate.then(() => sendPicture(request, response));
    });
    await read(stack.gateway, url);
    const { status, body, headers } = await read(stack.gateway, url, {}, `${PALETTE}&wait=50`);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ title: 'Page', image: NONE });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-accel-expires')).toBeNull();

    open();
    const colored = await read(stack.gateway, url, {}, PALETTE);
    expect(colored.body.data.image).toMatchObject(COLORS);
    expect(count()).toBe(1);
  });

  test.each<[string, (response: Parameters<Parameters<FakeSite['on']>[1]>[1]) => void]>([
    ['is gone', (response) => response.writeHead(404).end()],
    ['breaks off', (response) => response.destroy()],
    [
      'is cut short',
      (response) => response.writeHead(200, { 'content-type': 'image/png' }).end(picture.subarray(0, 200)),
    ],
    [
      'is a drawing',
      (response) =>
        response
          .writeHead(200, { 'content-type': 'image/svg+xml' })
          .end('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'),
    ],
    [
      'is too large',
      (response) =>
        response
          .writeHead(200, { 'content-type': 'image/png' })
          .end(Buffer.concat([picture, Buffer.alloc(6_000_000)])),
    ],
    ['leads inside', (response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end()],
  ])('costs its picture alone where that %s, and asks at most once', async (what, send) => {
    const { url, count } = countFetches(what.replaceAll(' ', '-'), (_request, response) => send(response));
    for (const gateway of stack.gateways) {
      const { status, body } = await read(gateway, url, {}, PALETTE);
      expect(status).toBe(200);
      expect(body.data).toMatchObject({ title: 'Page', image: NONE });
    }
    expect(count()).toBeLessThanOrEqual(1); // who measures it may know already that there is no use
  });

  test('tries again with the next visit of the page what could not be had', async () => {
    let isThere = false;
    const { url, count } = countFetches('later', (request, response) =>
      isThere ? sendPicture(request, response) : response.writeHead(500).end(),
    );
    expect((await read(stack.gateway, url, {}, PALETTE)).body.data.image).toMatchObject(NONE);
    isThere = true;
    const { body } = await read(stack.gateway, url, asWriter, `${PALETTE}&force=true`);
    expect(body.data.image).toMatchObject(COLORS);
    expect(count()).toBe(2);
  });
});
