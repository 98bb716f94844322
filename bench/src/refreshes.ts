import { DataSource } from 'typeorm';
import { canonicalUrl, previewKey } from '#libs/preview';
import { dataSourceOptions, PreviewStoreReader, PreviewStoreWriter } from '#libs/store';
import { LaunchedStack } from './launched-stack.js';
import { median } from './median.js';
import { storePage, storePages } from './reading/stored-pages.js';

/** Stored previews, and how many refreshes fall on them, unless said otherwise. */
const PAGES = 50_000;
const REFRESHES = 1_000_000;

/** At a time, as several workers would. */
const CONNECTIONS = 8;

/** How often it is looked how things stand. */
const LOOKS = 10;

/** Reads a look takes the median of. */
const READS = 300;

/** How much more room tables and indexes may take at any look than before the first refresh. */
const PROMISE = 3;

const PORT = 4889;

/** How things stand in Postgres. */
interface Look {
  /** Of all tables and indexes, in bytes. */
  readonly bytes: number;
  /** Rows of previews that are dead and not yet cleared away. */
  readonly dead: number;
  readonly vacuums: number;
  readonly readMs: number;
}

/**
 * Refreshes of the same pages, as fast as Postgres takes them: what becomes of its tables and of reads from them, when each refresh leaves a dead row behind. The arguments are how many refreshes,
 * how many pages, and another promise for the room that they take.
 */
export async function refreshes([
  total = String(REFRESHES),
  pageCount = String(PAGES),
  room = String(PROMISE),
]: readonly string[]): Promise<void> {
  const stack = await LaunchedStack.start(PORT, { WARM_BUDGET: '0%' });
  const dataSource = await new DataSource(dataSourceOptions(stack.databaseUrl, CONNECTIONS)).initialize();
  try {
    const pages = await storePages(stack.databaseUrl, Number(pageCount));
    await dataSource.query('VACUUM ANALYZE');
    const looks = [await lookAt(dataSource, pages)];
    const writer = new PreviewStoreWriter(dataSource);
    const seconds: number[] = [];
    const perLook = Math.ceil(Number(total) / LOOKS);
    let begun = 0;
    for (let part = 1; part <= LOOKS; part += 1) {
      const refresh = async () => {
        while (begun < part * perLook) {
          const index = anywhere(begun, pages);
          begun += 1;
          await storePage(writer, pages[index]!, index);
        }
      };
      const start = performance.now();
      await Promise.all(Array.from({ length: CONNECTIONS }, refresh));
      seconds.push((performance.now() - start) / 1_000);
      looks.push(await lookAt(dataSource, pages));
    }
    console.log('| refreshes | a second | room | dead rows | vacuums | a read, ms |');
    console.log('| --- | --- | --- | --- | --- | --- |');
    const before = looks[0]!;
    for (const [part, { bytes, dead, vacuums, readMs }] of looks.entries()) {
      const rate = part === 0 ? '' : (perLook / seconds[part - 1]!).toFixed(0);
      const times = (bytes / before.bytes).toFixed(2);
      console.log(
        `| ${part * perLook} | ${rate} | ${times} × | ${dead} | ${vacuums} | ${readMs.toFixed(2)} |`,
      );
    }
    const most = Math.max(...looks.map(({ bytes }) => bytes / before.bytes));
    console.log(`\nAt the most ${most.toFixed(2)} × the room (promised: ${room} ×).`);
    if (most > Number(room)) process.exitCode = 1;
  } finally {
    await dataSource.destroy();
    await stack.stop();
  }
}

/** Places all over a list, each as often as the others. */
function anywhere(turn: number, { length }: readonly unknown[]): number {
  return (turn * 7_919) % length;
}

async function lookAt(dataSource: DataSource, pages: readonly string[]): Promise<Look> {
  const reader = new PreviewStoreReader(dataSource, { deadlineMs: 10_000 });
  const times: number[] = [];
  for (let read = 0; read < READS; read += 1) {
    const page = pages[anywhere(read, pages)]!;
    const start = performance.now();
    await reader.find(previewKey(canonicalUrl(page)));
    times.push(performance.now() - start);
  }
  const [row]: readonly Record<'bytes' | 'dead' | 'vacuums', string>[] = await dataSource.query(
    `SELECT (SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables) AS bytes,
       n_dead_tup AS dead, autovacuum_count AS vacuums FROM pg_stat_user_tables WHERE relname = 'preview'`,
  );
  return {
    bytes: Number(row!.bytes),
    dead: Number(row!.dead),
    vacuums: Number(row!.vacuums),
    readMs: median(times),
  };
}
