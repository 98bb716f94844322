import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Cli, eventsIn, runCli, runInShell } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { read, Stack, TOKENS } from '../support/stack.js';

let stack: Stack;
let site: FakeSite;
/** All of whose pages are well. */
let example: FakeSite;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warmlink-cli-'));
  [site, example, stack] = await Promise.all([
    FakeSite.start('127.0.0.2'),
    FakeSite.start('127.0.0.3'),
    Stack.start({ environment: { WARM_ROUND: '100ms' } }),
  ]);
  for (let page = 0; page < 20; page += 1) site.page(`/p${page}`, html(`Page ${page}`));
});

afterAll(async () => {
  await stack.stop();
  await Promise.all([site.stop(), example.stop()]);
  rmSync(folder, { recursive: true });
});

/** A file of the test's own. */
function saved(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function cli(args: readonly string[], more: { input?: string; environment?: Record<string, string> } = {}) {
  return runCli(args, { gateway: stack.gateway, cwd: folder, ...more });
}

describe('preview', () => {
  test('shows what a page says, and where it came from', async () => {
    await read(stack.gateway, site.url('/p0'));
    const { exitCode, result } = await cli(['preview', site.url('/p0')]);
    expect(exitCode).toBe(0);
    expect(result).toMatch(/^title +Page 0$/m);
    expect(result).toMatch(/^cache +warmlink; hit; .*detail=L1/m);
  });

  test('visits it now with --force', async () => {
    const before = site.visitsTo('/p0');
    const { exitCode, result } = await cli(['preview', site.url('/p0'), '--force', '--json']);
    expect(exitCode).toBe(0);
    expect(eventsIn(result)).toEqual([
      expect.objectContaining({ status: 'success', data: expect.objectContaining({ title: 'Page 0' }) }),
    ]);
    expect(site.visitsTo('/p0')).toBe(before + 1);
  });

  test("ends with 1 and the contract's code where there is none", async () => {
    const { exitCode, result, complaint } = await cli(['preview', site.url('/nowhere')]);
    expect({ exitCode, result }).toEqual({ exitCode: 1, result: '' });
    expect(complaint).toMatch(/^ENOTFOUND: /);
    const { result: json } = await cli(['preview', site.url('/nowhere'), '--json']);
    expect(eventsIn(json)).toEqual([expect.objectContaining({ status: 'fail', code: 'ENOTFOUND' })]);
  });

  test('says where it looked when no gateway is there', async () => {
    const { exitCode, complaint } = await runCli(['preview', 'https://example.com/'], {
      gateway: { url: 'http://127.0.0.1:9' },
    });
    expect(exitCode).toBe(1);
    expect(complaint).toContain('No gateway answers at http://127.0.0.1:9');
  });

  test('does not show a key that is refused', async () => {
    const { exitCode, complaint } = await cli(['refresh', site.url('/p0'), '--key', 'not-a-key-of-anybody']);
    expect(exitCode).toBe(1);
    expect(complaint).toMatch(/^EAUTH: /);
    expect(complaint).not.toContain('not-a-key-of-anybody');
  });
});

describe('refresh and purge', () => {
  test('refresh visits a page, whatever is there', async () => {
    await read(stack.gateway, site.url('/p1'));
    const { exitCode } = await cli(['refresh', site.url('/p1')]);
    expect({ exitCode, visits: site.visitsTo('/p1') }).toEqual({ exitCode: 0, visits: 2 });
  });

  test('refresh visits all that is stored of a host again, and says what came of it', async () => {
    const { host } = new URL(example.url('/'));
    example.page('/p1', html('Page 1'));
    await read(stack.gateway, example.url('/p1'));
    const visits = example.visitsTo('/p1');
    const { exitCode, result } = await cli(['refresh', '--host', host]);
    expect({ exitCode, visits: example.visitsTo('/p1') }).toEqual({ exitCode: 0, visits: visits + 1 });
    expect(result).toMatch(/^\d+ pages, \d+ success\n$/);
    const events = eventsIn((await cli(['refresh', '--tag', 'nothing-has-it', '--json'])).result);
    expect(events).toEqual([
      { event: 'ordered', batch: expect.any(String), tag: 'nothing-has-it' },
      { event: 'completed', batch: expect.any(String), outcomes: {} },
    ]);
  });

  test('say what may be the matter where nothing goes by a name', async () => {
    const { hostname } = new URL(site.url('/'));
    await read(stack.gateway, site.url('/p2'));
    expect(await cli(['purge', '--host', hostname])).toEqual({
      exitCode: 0,
      result: '0 purged\n',
      complaint: `Nothing is stored of the host ${hostname}; with another port than the usual one it is named with that (--host ${hostname}:8080).\n`,
    });
    expect(await cli(['refresh', '--tag', 'no-body'])).toMatchObject({
      result: '0 pages\n',
      complaint: 'No page that is stored has the tag no-body.\n',
    });
  });

  test('purge takes a page away, or all of a host', async () => {
    await read(stack.gateway, site.url('/p2'));
    expect(await cli(['purge', '--url', site.url('/p2')])).toMatchObject({
      exitCode: 0,
      result: '1 purged\n',
    });
    const { host } = new URL(site.url('/'));
    const [event] = eventsIn((await cli(['purge', '--host', host, '--json'])).result);
    expect(event).toEqual({ event: 'purged', host, purged: expect.any(Number) });
    expect(event!['purged']).toBeGreaterThan(0);
    await read(stack.gateway, site.url('/p2'));
    expect(site.visitsTo('/p2')).toBe(2);
  });
});

describe('warm', () => {
  test('has the pages of a file warm, and leaves nothing behind', async () => {
    const pages = [3, 4, 5].map((page) => site.url(`/p${page}`));
    const file = saved('list.txt', `# a list\n${pages.join('\r\n')}\n\n${pages[0]}\n`);
    const { exitCode, result, complaint } = await cli(['warm', file]);
    expect({ exitCode, result, complaint }).toEqual({
      exitCode: 0,
      result: '4 URLs, 3 success, 1 named before\n',
      complaint: '',
    });
    const { headers } = await read(stack.gateway, pages[0]!);
    expect(headers.get('x-cache-status')).toBe('HIT');
    expect(existsSync(`${file}.warmlink.json`)).toBe(false);
  });

  test('reads standard input, and ends with 1 if something failed', async () => {
    const input = [site.url('/p6'), site.url('/gone'), 'not a URL'].join('\n');
    const { exitCode, result, complaint } = await cli(['warm', '-'], { input });
    expect(exitCode).toBe(1);
    expect(result).toBe('3 URLs, 1 ENOTFOUND, 1 success, 1 rejected\n');
    expect(complaint).toBe('URL 3, not a URL: EINVALURL\n');
  });

  test('tells programs what happens, a JSON a line', async () => {
    const { result } = await cli(['warm', '-', '--json'], { input: `${site.url('/p7')}\n::\n` });
    const batch = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(eventsIn(result)).toEqual([
      { event: 'rejected', place: 2, url: '::', code: 'EINVALURL', message: expect.any(String) },
      { event: 'ordered', batch, total: 1, duplicates: 0, rejected: 1 },
      { event: 'completed', batch, outcomes: { success: 1 } },
      {
        event: 'summary',
        urls: 2,
        ordered: 1,
        open: 0,
        outcomes: { success: 1 },
        rejected: 1,
        duplicates: 0,
        leftOut: 0,
      },
    ]);
  });

  test('follows an index of sitemaps, gzipped or not, and leaves out one that is not there', async () => {
    const sitemap = (path: string) => `<url><loc>${site.url(path)}</loc></url>`;
    const gzipped = gzipSync(`<urlset>${sitemap('/p8')}${sitemap('/p9')}</urlset>`);
    site
      .on('/sitemap.xml', (_request, response) =>
        response.end(
          `<?xml version="1.0"?><sitemapindex>${['/one.xml.gz', '/two.xml', '/none.xml']
            .map((path) => `<sitemap><loc>${site.url(path)}</loc></sitemap>`)
            .join('')}</sitemapindex>`,
        ),
      )
      .on('/one.xml.gz', (_request, response) => response.end(gzipped))
      .on('/two.xml', (_request, response) => response.end(`<urlset>${sitemap('/p10')}</urlset>`));
    const { exitCode, result, complaint } = await cli(['warm', site.url('/sitemap.xml')]);
    expect({ exitCode, result }).toEqual({
      exitCode: 1,
      result: '3 URLs, 3 success, 1 sitemaps left out\n',
    });
    expect(complaint).toBe(`left out: ${site.url('/none.xml')}: HTTP 404\n`);
  });

  test('orders and goes with --detach', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const { exitCode, result } = await cli(['warm', '-', '--at', at, '--detach'], {
      input: site.url('/p11'),
    });
    expect({ exitCode, result }).toEqual({ exitCode: 0, result: '1 URLs, 1 ordered\n' });
  });
});

describe('Ctrl-C', () => {
  /** So many that they are ordered in two lists; for a time at which nobody is here any more, or those after them would wait. */
  const many = Array.from({ length: 10_500 }, (_, page) => `http://127.0.0.3:1/${page}`);
  const at = new Date(Date.now() + 86_400_000).toISOString();

  test('ends with 130, and the same command goes on where it was', async () => {
    const slow = site.gatedPage('/slow', html('Slow'));
    const file = saved('slow.txt', `${site.url('/slow')}\n${site.url('/p12')}\n`);
    const first = new Cli(['warm', file, '--json'], { gateway: stack.gateway });
    await slow.arrived;
    first.interrupt();
    const { exitCode, result, complaint } = await first.ended;
    expect(exitCode).toBe(130);
    expect(complaint).toContain('The same command goes on from there');
    const [ordered, interrupted] = eventsIn(result);
    expect(interrupted).toEqual({ event: 'interrupted', urls: 2, state: `${file}.warmlink.json` });

    slow.open();
    const second = await cli(['warm', file, '--json']);
    expect(second.exitCode).toBe(0);
    expect(second.complaint).toContain('Going on after 2 URLs');
    expect(eventsIn(second.result)).toEqual([
      { event: 'completed', batch: ordered!['batch'], outcomes: { success: 2 } }, // nothing is ordered twice
      expect.objectContaining({ event: 'summary', urls: 2, outcomes: { success: 2 } }),
    ]);
    expect(site.visitsTo('/slow')).toBe(1);
    expect(existsSync(`${file}.warmlink.json`)).toBe(false);
  });

  test('in standard input keeps how far it was in --state FILE', async () => {
    const state = join(folder, 'stdin.json');
    const args = ['warm', '-', '--at', at, '--state', state, '--detach', '--json'];
    const first = new Cli(args, { gateway: stack.gateway });
    first.write(`${many.join('\n')}\n`);
    await eventually(
      async () => first.result,
      (result) => result.includes('ordered'),
    );
    first.interrupt(); // it waits for more to read
    expect((await first.ended).exitCode).toBe(130);

    const second = await cli(args, { input: many.join('\n') });
    expect(second.exitCode).toBe(0);
    expect(eventsIn(second.result)).toMatchObject([
      { event: 'ordered', total: 500 },
      { event: 'summary', urls: 10_500, ordered: 10_500, open: 10_500, outcomes: {} },
    ]);
  });

  test('and another input are refused, until --restart', async () => {
    const state = saved(
      'other.json',
      JSON.stringify({
        gateway: stack.gateway.url,
        at: null,
        taken: 1,
        digest: 'of something else',
        rejected: 0,
        duplicates: 0,
        open: [],
        outcomes: {},
      }),
    );
    const input = site.url('/p13');
    const { exitCode, complaint } = await cli(['warm', '-', '--state', state], { input });
    expect(exitCode).toBe(2);
    expect(complaint).toContain('is of an input that began otherwise');
    expect((await cli(['warm', '-', '--state', state, '--restart'], { input })).exitCode).toBe(0);
  });
});

test('a reader may not warm', async () => {
  const { exitCode, complaint } = await cli(['warm', '-'], {
    input: site.url('/p14'),
    environment: { WARMLINK_KEY: TOKENS.reader },
  });
  expect(exitCode).toBe(1);
  expect(complaint).toMatch(/EFORBIDDEN: /);
});

describe("the README's commands", () => {
  const commands = [
    ...readFileSync('README.md', 'utf8').matchAll(/^\$ (.*npm run --silent cli -- .*)$/gm),
  ].map(([, command]) => command!);

  test('are all there', () => {
    const verbs = new Set(commands.map((command) => String(/cli -- (\w+)/.exec(command)?.[1])));
    expect([...verbs].toSorted()).toEqual(['preview', 'purge', 'refresh', 'warm']);
  });

  test.each(commands)('$ %s', async (command) => {
    example
      .page('/', html('Example Domain'))
      .page('/p15', html('Page 15'))
      .page('/p16', html('Page 16'))
      .on('/sitemap.xml', (_request, response) =>
        response.end(`<urlset><url><loc>${example.url('/p15')}</loc></url></urlset>`),
      );
    saved('urls.txt', `${example.url('/')}\n`);
    saved('access.log', `GET ${example.url('/p16')} 200\n`);
    const { host, origin } = new URL(example.url('/'));
    const here = command
      .replaceAll('https://example.com', origin)
      .replaceAll('example.com', host)
      .replace(/2026-\d\d-\d\dT/, `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T`);
    const { exitCode, result, complaint } = await runInShell(here, { gateway: stack.gateway, cwd: folder });
    expect({ exitCode, complaint }).toEqual({ exitCode: 0, complaint: '' });
    expect(result).not.toBe('');
  });
});
