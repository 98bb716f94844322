import { extract } from './extract.js';
import { learnedTtl } from './learned-ttl.js';
import { redisFlushed } from './redis-flushed.js';
import { redisFrozen } from './redis-frozen.js';
import { scrape } from './scrape.js';
import { scrapeMemory } from './scrape-memory.js';
import { warm } from './warm.js';
import { warmRounds } from './warm-rounds.js';

/** What backs each figure that we claim. Each prints a Markdown table; absolute times say little on a shared machine, ratios and shares more. */
const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  extract,
  'learned-ttl': learnedTtl,
  'redis-flushed': redisFlushed,
  'redis-frozen': redisFrozen,
  scrape,
  'scrape-memory': scrapeMemory,
  warm,
  'warm-rounds': warmRounds,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`Usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [arguments]`);
  process.exitCode = 2;
} else {
  await bench(args);
}
