import { join } from 'node:path';
import { LaunchedStack } from './launched-stack.js';
import { median } from './median.js';
import { leaveGatewayAProcessor } from './reading/gateway-processor.js';
import { hitCosts, SECONDS } from './reading/hit-cost.js';

/** Rounds of each, in turns, unless said otherwise. */
const ROUNDS = 27;

/** Most that counting and limits may add to the CPU of a read out of memory. */
const PROMISE = 0.1;

const PORT = 4886;

/** A limit that nobody reaches, so that each read takes its token and none is refused. */
const LIMITED = { RATE_LIMIT_PER_KEY: '1000000000', RATE_LIMIT_PER_ADDRESS: '1000000000' };

/** CPU of a read out of memory with reads counted and callers limited, and with neither; the same requests, in turns. The second argument is another promise. */
export async function readCost([
  rounds = String(ROUNDS),
  promise = String(PROMISE),
]: readonly string[]): Promise<void> {
  const alone = leaveGatewayAProcessor();
  const stack = await LaunchedStack.start(PORT, { WARM_BUDGET: '0%' });
  try {
    const uncounted = `--import=${join(import.meta.dirname, 'reading/uncounted.js')}`;
    const { rounds: costs, failed } = await hitCosts(
      stack,
      [
        { ...alone, NODE_OPTIONS: uncounted },
        { ...alone, ...LIMITED },
      ],
      Number(rounds),
    );
    const added = median(costs.map(([without, having]) => having! / without!)) - 1;
    console.log('| L1 hit | CPU ns | |');
    console.log('| --- | --- | --- |');
    console.log(`| neither counted nor limited | ${median(costs.map(([ns]) => ns!)).toFixed(0)} | |`);
    console.log(
      `| counted and limited | ${median(costs.map(([, ns]) => ns!)).toFixed(0)} | ${(100 * added).toFixed(1)} % |`,
    );
    console.log(
      `\nMedians of ${rounds} rounds of ${SECONDS} s; ${failed} reads failed; promised: at most ${100 * Number(promise)} %.`,
    );
    if (added > Number(promise) || failed > 0) process.exitCode = 1;
  } finally {
    await stack.stop();
  }
}
