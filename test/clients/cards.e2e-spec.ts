import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Browser, type Page } from '../support/browser.js';
import { clientPackages, INSTALL_MS } from '../support/client-packages.js';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { Relay } from '../support/relay.js';
import { Stack, TOKENS } from '../support/stack.js';
import { aContradiction } from '../support/stored-preview.js';

/** What the pages of another site do with the packages. A card is of `?url=`, by the service at `?endpoint=`. */
const SCRIPTS = {
  '/react': `
    import Microlink from '@microlink/react';
    import { createElement, StrictMode } from 'react';
    import { createRoot } from 'react-dom/client';
    const card = createElement(Microlink, Object.fromEntries(new URLSearchParams(location.search)));
    createRoot(document.querySelector('main')).render(createElement(StrictMode, null, card));`,
  '/vanilla': `
    import microlink from '@microlink/vanilla';
    const { url, ...options } = Object.fromEntries(new URLSearchParams(location.search));
    document.querySelector('main').innerHTML = '<a class="link"></a>';
    document.querySelector('.link').href = url;
    microlink('.link', options);`,
  '/mql': `
    import older from '@microlink/mql';
    import newest from 'newest-mql';
    window.clients = { older, newest };`,
};

interface Shown {
  readonly title: string;
  readonly description: string;
  readonly site: string;
  readonly image: string;
}

/** What a card shows; undefined while it has nothing. A publisher it doesn't, but the site's name. */
const SHOWN = `(() => {
  const text = (part) => document.querySelector('.microlink_card__content_' + part)?.textContent;
  if (text('title') === undefined) return undefined;
  const image = document.querySelector('.microlink_card__media_image');
  return {
    title: text('title'),
    description: text('description'),
    site: text('url'),
    image: getComputedStyle(image).backgroundImage,
  };
})()`;

/** The text of a card that is nothing but a link, as it is after an error; undefined while it isn't. */
const PLAIN_LINK = `(() => {
  const link = [...document.querySelectorAll('main a')].at(-1);
  return link !== undefined && link.children.length === 0 ? link.textContent || undefined : undefined;
})()`;

let stack: Stack;
let site: FakeSite;
let host: FakeSite;
let relay: Relay;
let browser: Browser;

beforeAll(async () => {
  const packages = await clientPackages();
  browser = await Browser.start(); // first, since it may be what is missing
  [stack, site, host] = await Promise.all([
    Stack.start(),
    FakeSite.start('127.0.0.2'),
    FakeSite.start('127.0.0.3'),
  ]);
  relay = await Relay.start(stack.gateway);
  for (const [path, source] of Object.entries(SCRIPTS)) {
    const script = await packages.bundle(source);
    host.page(path, `<!doctype html><meta charset="utf-8"><main></main><script src="${path}.js"></script>`);
    host.on(`${path}.js`, (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script),
    );
  }
}, 2 * INSTALL_MS);

afterAll(async () => {
  await browser.stop();
  await relay.stop();
  await stack.stop();
  await site.stop();
  await host.stop();
});

/** What an expression says once it says something. */
function said<T>(page: Page, expression: string): Promise<T> {
  return eventually(
    () => page.evaluate<T>(expression),
    (value) => value !== undefined,
  );
}

/** How a card takes an error: it says so on the console, or breaks at it. */
async function reactionOf(page: Page): Promise<string> {
  const look = async () => [
    ...page.log.flatMap((line) => /microlink\.io\/(\w+)\n/.exec(line)?.[1] ?? []),
    ...page.crashes,
  ];
  const [first = ''] = await eventually(look, (reactions) => reactions.length > 0);
  return first;
}

describe.each(['react', 'vanilla'])('the card of @microlink/%s', (name) => {
  const cardOf = (url: string): Promise<Page> =>
    browser.open(host.url(`/${name}?${new URLSearchParams({ url, endpoint: relay.url }).toString()}`));

  test('shows title, description, picture and site of a page', async () => {
    const path = `/${name}-page`;
    const head = `
      <meta name="description" content="What it is about."><meta property="og:image" content="${path}.png">`;
    site.page(path, html('The Page', head));
    const page = await cardOf(site.url(path));
    const shown = await eventually(
      () => page.evaluate<Shown | undefined>(SHOWN),
      (card) => card?.description === 'What it is about.', // it tries shorter ones first, to see what fits
    );
    expect(shown).toMatchObject({
      title: 'The Page',
      site: '127.0.0.2',
      image: `url("${site.url(`${path}.png`)}")`,
    });
    const visits = async () => site.visitsTo(`${path}.png`);
    expect(await eventually(visits, (count) => count > 0)).toBeGreaterThan(0);
    expect(site.visitsTo(path)).toBe(1);
    expect(page.crashes).toEqual([]);
  });

  test('is a plain link where the page is not there', async () => {
    const url = site.url(`/${name}-nowhere`);
    const page = await cardOf(url);
    expect(await reactionOf(page)).toBe('enotfound');
    expect(await said(page, PLAIN_LINK)).toBe(url);
  });

  test('is a plain link where we fail', async () => {
    const url = site.url(`/${name}-fault`);
    await aContradiction(stack.databaseUrl, url);
    const page = await cardOf(url);
    expect(await reactionOf(page)).toBe('efatal');
    expect(await said(page, PLAIN_LINK)).toBe(url);
  });

  // Nothing of ours limits rates, but what stands in front of us may.
  test.each([
    ['is a plain link', 'in the shape of the contract', { code: 'ERATE' }, /^erate$/],
    ['breaks', 'without a code', {}, /TypeError/],
  ])('%s where too much is asked for and the answer is %s', async (_what, shape, body, reaction) => {
    const url = site.url(`/${name}?${shape}`);
    const answer = {
      status: 'fail',
      message: 'Too many requests.',
      more: '',
      url,
      id: '',
      data: {},
      ...body,
    };
    relay.answerInstead(url, (_request, response) =>
      response
        .writeHead(429, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
        .end(JSON.stringify(answer)),
    );
    expect(await reactionOf(await cardOf(url))).toMatch(reaction);
  });
});

describe.each(['newest', 'older'])('the %s mql in a browser', (client) => {
  /** Calls it on a page of another site. */
  const ask = async (url: string, options: object, then: string): Promise<unknown> => {
    const page = await browser.open(host.url('/mql'));
    await said(page, 'typeof window.clients === "object" || undefined');
    const call = JSON.stringify([url, { endpoint: relay.url, ...options }]);
    return page.evaluate(`clients.${client}(...${call}).then(${then})`);
  };

  test('may send a key, and reads the headers of the contract', async () => {
    const url = site.url(`/${client}-mql`);
    site.page(`/${client}-mql`, html('From a browser'));
    const seen = await ask(
      url,
      { apiKey: TOKENS.writer, force: true },
      `({ data, response: { headers } }) => ({
        title: data.title,
        cacheStatus: headers.get('x-cache-status'),
        others: ['x-cache-ttl', 'x-request-id', 'x-response-time'].filter((name) => headers.has(name)),
      })`,
    );
    expect(seen).toEqual({
      title: 'From a browser',
      cacheStatus: 'BYPASS',
      others: ['x-cache-ttl', 'x-request-id', 'x-response-time'],
    });
    expect(relay.about(url).map(({ method }) => method)).toEqual(['OPTIONS', 'GET']);
  });

  test('throws its own error', async () => {
    const error = await ask(
      site.url('/nowhere'),
      { apiKey: 'wrong' },
      `undefined, ({ name, code, status, statusCode }) => ({ name, code, status, statusCode })`,
    );
    expect(error).toEqual({ name: 'MicrolinkError', code: 'EAUTH', status: 'fail', statusCode: 401 });
  });
});
