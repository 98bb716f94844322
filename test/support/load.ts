import { setInterval as every, setTimeout as pause } from 'node:timers/promises';
import { type Answer, type Gateway, read } from './stack.js';

/** One read under load. */
export interface Sample {
  readonly url: string;
  readonly ms: number;
  /** Undefined where there was no HTTP answer at all. */
  readonly answer: Answer | undefined;
}

/** Resolves once so many more reads have been answered, however they were. */
export type MoreReads = (count: number) => Promise<void>;

/**
 * Reads these URLs round robin over the gateways, so many times a second, until `during` has ended; waits for every
 * answer. What happens may be over in no time: `during` awaits the reads that have to come before, beside or after it.
 * Where a machine is too slow for so many they come as it answers them: no more are under way than come in a second.
 */
export async function underLoad(
  gateways: readonly Gateway[],
  urls: readonly string[],
  perSecond: number,
  during: (moreReads: MoreReads) => Promise<void>,
): Promise<readonly Sample[]> {
  const stop = new AbortController();
  const running: Promise<Sample>[] = [];
  const ticksPerSecond = 50;
  let underWay = 0;
  const pump = (async () => {
    try {
      for await (const _tick of every(1000 / ticksPerSecond, undefined, { signal: stop.signal })) {
        for (let count = 0; count < perSecond / ticksPerSecond && underWay < perSecond; count += 1) {
          const index = running.length;
          underWay += 1;
          const asked = sample(gateways[index % gateways.length]!, urls[index % urls.length]!);
          running.push(asked.finally(() => (underWay -= 1)));
        }
      }
    } catch {
      // stopped
    }
  })();
  const moreReads: MoreReads = async (count) => {
    const until = running.length + count;
    while (running.length < until) await pause(1000 / ticksPerSecond);
    await Promise.all(running.slice(0, until));
  };
  try {
    await during(moreReads);
  } finally {
    stop.abort();
    await pump;
  }
  return Promise.all(running);
}

async function sample(gateway: Gateway, url: string): Promise<Sample> {
  const start = performance.now();
  const answer = await read(gateway, url).catch(() => undefined);
  return { url, ms: performance.now() - start, answer };
}

/** How many answers there were of each kind: `200`, `503 EBUSY`, `none`. */
export function tally(samples: readonly Sample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { answer } of samples) {
    const code = answer?.body?.code === undefined ? '' : ` ${answer.body.code}`;
    const kind = answer === undefined ? 'none' : `${answer.status}${code}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
