import { join } from 'node:path';
import { LaunchedStack } from './launched-stack.js';
import { median } from './median.js';
import { leaveGatewayAProcessor } from './reading/gateway-processor.js';
import { type HitCosts, hitCosts, SECONDS } from './reading/hit-cost.js';

/**
 * Sets of gateways, unless said otherwise. Two that are set alike differ by a tenth and more for as long as they live, and why isn't known: so they are started anew, in
 * another order each time.
 */
const SETS = 6;

/** Rounds of a set, in turns. */
const ROUNDS = 10;

/** Most that counting, metrics and limits may add together to the CPU of a read out of memory. */
const PROMISE = 0.1;

const PORT = 4886;

/** Two without, whose difference is the noise, and one with all. */
const BARE = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'reading/uncounted.js')}` };

/** A limit that nobody reaches, so that each read takes its token and none is refused. */
const LIMITED = { RATE_LIMIT_PER_KEY: '1000000000', RATE_LIMIT_PER_ADDRESS: '1000000000' };

/** CPU (ns) of a read in one round, by gateway. */
interface Round {
  readonly bare: number;
  readonly alike: number;
  readonly full: number;
}

/**
 * CPU of a read out of memory with reads counted, metrics kept and callers limited, and with none of these; the same requests, in turns. The arguments are how many sets
 * of gateways, and another promise.
 */
export async function readCost([
  sets = String(SETS),
  promise = String(PROMISE),
]: readonly string[]): Promise<void> {
  const alone = leaveGatewayAProcessor();
  const stack = await LaunchedStack.start(PORT, { WARM_BUDGET: '0%' });
  try {
    const kinds = {
      bare: { ...alone, ...BARE },
      alike: { ...alone, ...BARE },
      full: { ...alone, ...LIMITED },
    };
    const rounds: Round[] = [];
    let failed = 0;
    for (let set = 0; set < Number(sets); set += 1) {
      const order = turned(Object.keys(kinds) as (keyof Round)[], set);
      const costs = await hitCosts(
        stack,
        order.map((kind) => kinds[kind]),
        ROUNDS,
      );
      rounds.push(...roundsOf(costs, order));
      failed += costs.failed;
    }
    // Both of the bare ones are the base: one alone may have been lucky.
    const added = median(rounds.map(({ bare, alike, full }) => (2 * full) / (bare + alike))) - 1;
    const noise = median(rounds.map(({ bare, alike }) => alike / bare)) - 1;
    const line = (name: string, kind: keyof Round, more: string) =>
      console.log(`| ${name} | ${median(rounds.map((round) => round[kind])).toFixed(0)} | ${more} |`);
    console.log('| L1 hit | CPU ns | |');
    console.log('| --- | --- | --- |');
    line('neither counted, measured nor limited', 'bare', '');
    line('the same again', 'alike', `${(100 * noise).toFixed(1)} %`);
    line('counted, measured and limited', 'full', `${(100 * added).toFixed(1)} %`);
    console.log(
      `\nMedians of ${rounds.length} rounds of ${SECONDS} s, ${ROUNDS} with the same processes; ${failed} reads failed; promised: at most ${100 * Number(promise)} %.`,
    );
    if (added > Number(promise) || failed > 0) process.exitCode = 1;
  } finally {
    await stack.stop();
  }
}

/** Begins at another of them. */
function turned<T>(values: readonly T[], by: number): readonly T[] {
  return values.map((_, place) => values[(place + by) % values.length]!);
}

function roundsOf({ rounds }: HitCosts, order: readonly (keyof Round)[]): readonly Round[] {
  return rounds.map(
    (costs) => Object.fromEntries(order.map((kind, place) => [kind, costs[place]!])) as unknown as Round,
  );
}
