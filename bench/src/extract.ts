import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractPreview } from '../../apps/worker/src/extract/extract-preview.js';
import { median } from './median.js';

const RULES = ['author', 'date', 'description', 'image', 'lang', 'logo', 'publisher', 'title', 'url'];

/** Rounds over all pages; the first warms up both and is not counted. */
const ROUNDS = 4;

/** Pieces of the size that a network brings, in UTF-16 code units. */
const PIECE = 16_384;

interface Page {
  readonly url: string;
  readonly html: string;
}

type Extract = (page: Page) => Promise<unknown>;

/** CPU of a page's extraction beside metascraper with its core rules: the same pages, turn by turn, in one process. */
export async function extract([folder]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Error('A folder of pages is needed: <slug>.html, <slug>.expected.json');
  const pages = pagesIn(folder);
  const extracts = { warmlink: ours, metascraper: await metascraper() };
  const costs = { warmlink: new Costs(), metascraper: new Costs() };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, page] of pages.entries()) {
      for (const name of ['warmlink', 'metascraper'] as const) {
        const ms = await cpuMs(() => extracts[name](page));
        if (round > 0) costs[name].add(index, ms);
      }
    }
  }
  printTable(pages.length, costs);
}

type Extractor = 'warmlink' | 'metascraper';

function printTable(count: number, costs: Readonly<Record<Extractor, Costs>>): void {
  const [own, other] = [costs.warmlink.perPage(), costs.metascraper.perPage()];
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  console.log(`${count} pages, ${ROUNDS - 1} rounds, CPU of a page\n`);
  console.log('| extractor | median | mean |');
  console.log('| --- | --- | --- |');
  console.log(`| warmlink | ${ms(median(own))} | ${ms(mean(own))} |`);
  console.log(`| metascraper | ${ms(median(other))} | ${ms(mean(other))} |`);
  const ratios = own.map((cost, index) => cost / other[index]!);
  console.log(`| ratio | ${median(ratios).toFixed(3)} | ${(mean(own) / mean(other)).toFixed(3)} |`);
}

/** What each page took, in ms: the median of its rounds, so that a collection of garbage is nobody's fault. */
class Costs {
  private readonly rounds: number[][] = [];

  add(page: number, ms: number): void {
    (this.rounds[page] ??= []).push(ms);
  }

  perPage(): number[] {
    return this.rounds.map(median);
  }
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function pagesIn(folder: string): Page[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.html'));
  return names.map((name) => {
    const file = join(folder, name);
    const expected: unknown = JSON.parse(readFileSync(file.replace(/html$/, 'expected.json'), 'utf8'));
    return { url: (expected as { url: string }).url, html: readFileSync(file, 'utf8') };
  });
}

async function ours({ url, html }: Page): Promise<unknown> {
  return extractPreview(url, inPieces(html));
}

async function* inPieces(html: string): AsyncGenerator<string> {
  for (let start = 0; start < html.length; start += PIECE) yield html.slice(start, start + PIECE);
}

/** Metascraper in a folder of its own: it is nothing that the service needs, and nothing that the project installs. */
async function metascraper(): Promise<Extract> {
  const home = join(tmpdir(), 'warmlink-bench-metascraper-5.58');
  if (!existsSync(join(home, 'installed'))) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{"private":true}');
    const packages = ['metascraper@5.58', ...RULES.map((name) => `metascraper-${name}@5`)];
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: home, stdio: 'ignore' });
    writeFileSync(join(home, 'installed'), '');
  }
  const load = createRequire(join(home, 'package.json')) as (name: string) => (given?: unknown) => unknown;
  const run = load('metascraper')(RULES.map((name) => load(`metascraper-${name}`)())) as Extract;
  return ({ url, html }) => run({ url, html });
}
