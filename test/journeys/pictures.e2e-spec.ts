import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { get, read, Stack, TOKENS } from '../support/stack.js';

let stack: Stack;
let site: FakeSite;

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start({ gateways: 2 }), FakeSite.start('127.0.0.2')]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

const GIF = Buffer.from('GIF89a\xb0\x04\x20\x03', 'latin1');
const asWriter = { 'x-api-key': TOKENS.writer };

test('a preview is served first, and what its picture is like comes after', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  site.on('/picture.gif', (_request, response) => {
    void gate.then(() =>
      response.writeHead(206, { 'content-type': 'image/gif', 'content-range': 'bytes 0-9/14321' }).end(GIF),
    );
  });
  site.page('/page', html('Page', '<meta property="og:image" content="/picture.gif">'));

  const first = await read(stack.gateway, site.url('/page'));
  const unknown = { type: null, size: null, width: null, height: null, size_pretty: null };
  expect(first.body.data.image).toEqual({ url: site.url('/picture.gif'), ...unknown });

  open();
  for (const gateway of stack.gateways) {
    const look = () => read(gateway, site.url('/page'));
    const { body, headers } = await eventually(look, (answer) => answer.body.data.image.type !== null);
    expect(headers.get('x-cache-status')).toBe('HIT');
    expect(body.data.image).toEqual({
      url: site.url('/picture.gif'),
      type: 'gif',
      size: 14321,
      width: 1200,
      height: 800,
      size_pretty: '14.3 kB',
    });
  }

  // Known once, it is not looked at again; the visit is made all the same.
  const forced = await read(stack.gateway, site.url('/page'), asWriter, '&force=true');
  expect(forced.body.data.image.size).toBe(14321);
  expect(site.visitsTo('/page')).toBe(2);
  expect(site.visitsTo('/picture.gif')).toBe(1);
  const { body } = await get(stack.gateway, '/v1/statistics', { 'x-api-key': TOKENS.operator });
  expect(body.data.totals.visits).toEqual({ 'scrape.first': 1, 'scrape.page': 1 });
});

test('whoever insists gets a visit of his own, whenever what is known is added to', async () => {
  site.on('/other.gif', (_request, response) =>
    response.writeHead(200, { 'content-type': 'image/gif' }).end(GIF),
  );
  for (const path of ['/a', '/b', '/c', '/d', '/e']) {
    site.page(path, html('Page', '<meta property="og:image" content="/other.gif">'));
    await read(stack.gateway, site.url(path));
    await read(stack.gateway, site.url(path), asWriter, '&force=true');
    expect(site.visitsTo(path)).toBe(2);
  }
});
