import { DataSource } from 'typeorm';
import { canonicalUrl, previewKey } from '#libs/preview';
import {
  dataSourceOptions,
  migrate,
  PreviewPurger,
  PreviewStoreReader,
  PreviewStoreWriter,
} from '#libs/store';
import { seededRandom } from './content-change.js';
import { LaunchedStack } from './launched-stack.js';
import { median } from './median.js';
import { ServerProcess } from './reading/server-process.js';
import { multiplyPage, storePage, storePages } from './reading/stored-pages.js';

/** Stored previews, few and many, unless said otherwise. */
const FEW = 10_000;
const MANY = 1_000_000;

/** Rounds, in turns, and how often each thing is done in one. */
const ROUNDS = 5;
const TIMES = 60;

/** How much longer a thing may take with many than with few. */
const PROMISE = 1.3;

/** After which Postgres has written down what it counted, in ms. */
const COUNTED_MS = 1_500;

const PORT = 4888;

const KINDS = ['read', 'store', 'purge'] as const;
type Kind = (typeof KINDS)[number];

/**
 * What reading, storing and purging a preview take in Postgres, and the start of a gateway, with few previews stored and with many, in turns. That no statement goes through the
 * whole table is counted by Postgres itself. The arguments are how many are many, how many few, and another promise.
 */
export async function growth([
  many = String(MANY),
  few = String(FEW),
  promise = String(PROMISE),
]: readonly string[]): Promise<void> {
  const stack = await LaunchedStack.start(PORT, { WARM_BUDGET: '0%' });
  const databases: GrownDatabase[] = [];
  try {
    for (const count of [few, many])
      databases.push(await GrownDatabase.make(stack.databaseUrl, Number(count)));
    const rounds: Record<Kind | 'start', number>[][] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const turns: Record<Kind | 'start', number>[] = [];
      for (const database of databases) {
        const read = await database.medianOf('read');
        const store = await database.medianOf('store');
        const purge = await database.medianOf('purge');
        turns.push({ read, store, purge, start: await startMs(database.url, stack) });
      }
      if (round > 0) rounds.push(turns); // in the first one statements are planned, and memory fills
    }
    console.log(`| p50 | ${few} stored, ms | ${many} stored, ms | ratio |`);
    console.log('| --- | --- | --- | --- |');
    let worst = 0;
    for (const kind of [...KINDS, 'start'] as const) {
      const ratio = median(rounds.map(([small, large]) => large![kind] / small![kind]));
      const ms = [0, 1].map((which) => median(rounds.map((turns) => turns[which]![kind])).toFixed(2));
      console.log(`| ${NAMES[kind]} | ${ms.join(' | ')} | ${ratio.toFixed(2)} |`);
      worst = Math.max(worst, ratio);
    }
    await new Promise((done) => setTimeout(done, COUNTED_MS));
    const scans = await databases.at(-1)!.wholeTableScans();
    console.log(
      `\nAt the most ${worst.toFixed(2)} × (promised: ${promise} ×); statements that went through the whole table: ${scans}.`,
    );
    if (worst > Number(promise) || scans > 0) process.exitCode = 1;
  } finally {
    for (const database of databases) await database.close();
    await stack.stop();
  }
}

const NAMES: Readonly<Record<Kind | 'start', string>> = {
  read: 'a read of the store',
  store: 'a scrape begun and saved',
  purge: 'a purge by URL',
  start: 'the start of a gateway',
};

/** A database with so many previews. */
class GrownDatabase {
  private readonly random = seededRandom('growth');
  private stored = 0;
  private scansBefore = 0;
  private readonly reader: PreviewStoreReader;
  private readonly writer: PreviewStoreWriter;
  private readonly purger: PreviewPurger;

  private constructor(
    readonly url: string,
    private readonly dataSource: DataSource,
    private readonly pages: readonly string[],
  ) {
    this.reader = new PreviewStoreReader(dataSource, { deadlineMs: 10_000 });
    this.writer = new PreviewStoreWriter(dataSource);
    this.purger = new PreviewPurger(dataSource);
  }

  /** Makes one on a server, beside the database of this URL. */
  static async make(serverUrl: string, count: number): Promise<GrownDatabase> {
    const name = `bench_${count}`;
    const server = await new DataSource(dataSourceOptions(serverUrl, 1)).initialize();
    await server.query(`CREATE DATABASE ${name}`);
    await server.destroy();
    const url = new URL(serverUrl);
    url.pathname = name;
    const maker = await new DataSource(dataSourceOptions(url.href, 2)).initialize();
    await migrate(maker);
    const [first] = await storePages(url.href, 1);
    const pages = await multiplyPage(url.href, first!, count);
    await maker.query('VACUUM ANALYZE preview');
    await maker.destroy(); // an idle connection keeps what it has counted to itself: indexes that were made here would be told of later
    const dataSource = await new DataSource(dataSourceOptions(url.href, 2)).initialize();
    const database = new GrownDatabase(url.href, dataSource, pages);
    await new Promise((done) => setTimeout(done, COUNTED_MS));
    database.scansBefore = await database.scans();
    return database;
  }

  /** @returns ms, the median */
  async medianOf(kind: Kind): Promise<number> {
    const times: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      const page = this.pages[Math.floor(this.random() * this.pages.length)]!;
      const start = performance.now();
      await this[kind](page);
      times.push(performance.now() - start);
    }
    return median(times);
  }

  /** How often the whole table of previews was gone through since it was made. */
  async wholeTableScans(): Promise<number> {
    return (await this.scans()) - this.scansBefore;
  }

  close(): Promise<void> {
    return this.dataSource.destroy();
  }

  private async read(page: string): Promise<void> {
    await this.reader.find(previewKey(canonicalUrl(page)));
  }

  private async store(): Promise<void> {
    const number = (this.stored += 1);
    await storePage(this.writer, `https://new.example/${number}`, number);
  }

  private async purge(page: string): Promise<void> {
    const scope = `key:${previewKey(canonicalUrl(page))}` as const;
    const version = await this.purger.note(scope);
    await this.purger.keysBelow(scope, version);
    await this.purger.removeBelow(scope, version);
  }

  private async scans(): Promise<number> {
    const [row]: readonly { readonly scans: string }[] = await this.dataSource.query(
      `SELECT seq_scan AS scans FROM pg_stat_user_tables WHERE relname = 'preview'`,
    );
    return Number(row?.scans);
  }
}

/** @returns ms from nothing to a gateway that listens, with nothing in memory */
async function startMs(databaseUrl: string, stack: LaunchedStack): Promise<number> {
  const start = performance.now();
  const gateway = await ServerProcess.gateway({
    DATABASE_URL: databaseUrl,
    REDIS_CACHE_URL: stack.redisCacheUrl,
    REDIS_QUEUE_URL: stack.redisQueueUrl,
  });
  const ms = performance.now() - start;
  await gateway.stop();
  return ms;
}
