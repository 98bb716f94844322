import { coldRead } from './cold-read.js';
import { decisions } from './decisions.js';
import { extract } from './extract.js';
import { growth } from './growth.js';
import { learnedTtl } from './learned-ttl.js';
import { read } from './read.js';
import { readBesideCold } from './read-beside-cold.js';
import { readCost } from './read-cost.js';
import { readBatch } from './read-batch.js';
import { readMemory } from './read-memory.js';
import { redisFlushed } from './redis-flushed.js';
import { redisFrozen } from './redis-frozen.js';
import { refreshes } from './refreshes.js';
import { rollingRestart } from './rolling-restart.js';
import { scale } from './scale.js';
import { scrape } from './scrape.js';
import { scrapeAnchor } from './scrape-anchor.js';
import { scrapeMemory } from './scrape-memory.js';
import { tracingCost } from './tracing-cost.js';
import { warm } from './warm.js';
import { warmRounds } from './warm-rounds.js';

/** What backs each figure that we claim. Each prints a Markdown table; absolute times say little on a shared machine, ratios and shares more. */
const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  'cold-read': coldRead,
  decisions,
  extract,
  growth,
  'learned-ttl': learnedTtl,
  read,
  'read-beside-cold': readBesideCold,
  'read-cost': readCost,
  'read-batch': readBatch,
  'read-memory': readMemory,
  'redis-flushed': redisFlushed,
  'redis-frozen': redisFrozen,
  refreshes,
  'rolling-restart': rollingRestart,
  scale,
  scrape,
  'scrape-anchor': scrapeAnchor,
  'scrape-memory': scrapeMemory,
  'tracing-cost': tracingCost,
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
