import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { call, get, read, Stack, TOKENS } from '../support/stack.js';

const asOperator = {
  authorization: `Basic ${Buffer.from(`operator:${TOKENS.operator}`).toString('base64')}`,
};

let stack: Stack;
let site: FakeSite;

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start(), FakeSite.start('127.0.0.2')]);
  site.page('/page', html('A page'));
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

test('no answer can be taken for anything but what it says it is', async () => {
  const answers = [
    await read(stack.gateway, site.url('/page')),
    await read(stack.gateway, site.url('/nowhere')),
    await get(stack.gateway, '/health/live'),
    await get(stack.gateway, '/nothing'),
    await get(stack.gateway, '/%zz'),
    await get(stack.gateway, `/?url=${'x'.repeat(20_000)}`),
    await call(stack.gateway, 'PUT', '/'),
    await call(stack.gateway, 'OPTIONS', '/'),
    await get(stack.gateway, '/queues'),
    await get(stack.gateway, '/queues', asOperator),
    await get(stack.gateway, '/queues/api/queues', asOperator),
  ];
  expect(answers.map(({ status }) => status)).toEqual([
    200, 404, 200, 404, 400, 431, 405, 204, 401, 200, 200,
  ]);
  for (const { headers } of answers) expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('the reference for people has the policy of pages, keeps to it, and shows every route', async () => {
  const answer = await get(stack.gateway, '/docs');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  const browser = await Browser.start();
  try {
    const page = await browser.open(`${stack.gateway.url}/docs`);
    // With its styles: the text is there before them.
    const shown = await eventually(
      () => page.evaluate<string>("document.readyState === 'complete' ? document.body.innerText : ''"),
      (text) => text.includes('EFATAL'),
    );
    const { body } = await get(stack.gateway, '/openapi.json');
    for (const path of Object.keys(body.paths)) expect(shown).toContain(path);
    const isStyled = await page.evaluate<boolean>(
      "getComputedStyle(document.querySelector('nav ul')).listStyleType === 'none'",
    );
    expect(isStyled).toBe(true);
    expect(page.complaints.filter((text) => /Content Security Policy/i.test(text))).toEqual([]);
  } finally {
    await browser.stop();
  }
});

describe("the operator's pages", () => {
  test('come with a strict policy, whoever asks', async () => {
    for (const headers of [asOperator, {}]) {
      const answer = await get(stack.gateway, '/queues', headers);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; script-src 'self'; style-src 'self'/,
        ),
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe|\*|https?:/);
    }
  });

  test('work under it, and ask nobody else for anything', async () => {
    const browser = await Browser.start();
    try {
      const page = await browser.open(`${stack.gateway.url}/queues`, asOperator);
      const text = await eventually(
        () => page.evaluate<string>("document.body?.innerText ?? ''"),
        (shown) => shown.includes('previews') && shown.includes('demand'),
      );
      expect(text).toContain('palettes');
      const foreign = await page.evaluate<readonly string[]>(
        `performance.getEntriesByType('resource').filter(({ name, responseStatus }) => responseStatus > 0).map(({ name }) => new URL(name).origin)`,
      );
      expect(new Set(foreign)).toEqual(new Set([stack.gateway.url]));
      expect(page.crashes).toEqual([]);
      // What it goes without: a font from elsewhere, and the look of the word that it is loading.
      const refused = page.complaints.filter((text) => /Content Security Policy/i.test(text));
      expect(refused.filter((text) => !/fonts\.googleapis\.com|inline style/i.test(text))).toEqual([]);
    } finally {
      await browser.stop();
    }
  });

  test('do nothing for pages of other sites, though the browser sends the log-in along', async () => {
    const pause = '/queues/api/queues/previews/pause';
    for (const from of ['cross-site', 'same-site']) {
      const forged = await call(stack.gateway, 'PUT', pause, {
        headers: { ...asOperator, 'sec-fetch-site': from },
      });
      expect(forged).toMatchObject({ status: 403, body: { code: 'EFORBIDDEN' } });
    }
    const { body } = await get(stack.gateway, '/queues/api/queues', asOperator);
    expect(body.queues[0].isPaused).toBe(false);
    const resume = { headers: { ...asOperator, 'sec-fetch-site': 'same-origin' } };
    expect((await call(stack.gateway, 'PUT', '/queues/api/queues/previews/resume', resume)).status).toBe(200);
  });
});
