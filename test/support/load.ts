import { setInterval as every } from 'node:timers/promises';
import { type Answer, type Gateway, read } from './stack.js';

/** One read under load. */
export interface Sample {
  readonly url: string;
  readonly ms: number;
  /** Undefined where there was no HTTP answer at all. */
  readonly answer: Answer | undefined;
}

/** Reads these URLs round robin over the gateways, so many times a second, until `during` has ended; waits for every answer. */
export async function underLoad(
  gateways: readonly Gateway[],
  urls: readonly string[],
  perSecond: number,
  during: () => Promise<void>,
): Promise<readonly Sample[]> {
  const stop = new AbortController();
  const running: Promise<Sample>[] = [];
  const ticksPerSecond = 50;
  const pump = (async () => {
    try {
      for await (const _tick of every(1000 / ticksPerSecond, undefined, { signal: stop.signal })) {
        for (let count = 0; count < perSecond / ticksPerSecond; count += 1) {
          const index = running.length;
          running.push(sample(gateways[index % gateways.length]!, urls[index % urls.length]!));
        }
      }
    } catch {
      // stopped
    }
  })();
  try {
    await during();
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
