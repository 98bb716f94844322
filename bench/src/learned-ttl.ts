import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { NO_MEMORY, type ScrapeMemory } from '#libs/preview';
import {
  DEFAULT_POLICY,
  type FreshnessPolicy,
  type Lifetime,
  renewal,
} from '../../apps/worker/src/previews/freshness-policy.js';
import { ChangingPage } from './content-change.js';
import { readTrace, type TraceRead } from './trace.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface Page {
  readonly origin: ChangingPage;
  readonly hasValidators: boolean;
  memory: ScrapeMemory;
  lifetime: Lifetime;
  /** The version of the origin that the copy shows. */
  shown: number;
}

interface Totals {
  reads: number;
  /** Answered from a copy that the origin had changed meanwhile. */
  changed: number;
  /** Visits to the origin, and how many of them were answered by 304. */
  visits: number;
  notModified: number;
}

/**
 * Learned lifetimes on a trace of real reads, over pages that change as a Poisson process of 10 minutes to 30 days in the mean: how many reads meet a
 * changed page, and how many visits that costs, beside the fixed lifetime that is as stale.
 */
export async function learnedTtl(files: readonly string[]): Promise<void> {
  console.log(
    '| trace | grace | lifetimes | changed % | visits | of them 304 | visits to those of the fixed lifetime |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const file of files) {
    const { reads: trace } = readTrace(file);
    for (const graceMs of [0, DEFAULT_POLICY.staleWhileRevalidateMs]) {
      const learned = simulate(trace, { ...DEFAULT_POLICY, staleWhileRevalidateMs: graceMs });
      const { ttlMs, totals: fixed } = equallyStale(trace, learned.changed / learned.reads, graceMs);
      const start = `| ${basename(file)} | ${graceMs === 0 ? 'none' : '1 × lifetime'} |`;
      console.log(`${start} learned ${columns(learned)} ${(learned.visits / fixed.visits).toFixed(3)} |`);
      console.log(`${start} fixed ${Math.round(ttlMs / 1_000)} s ${columns(fixed)} 1 |`);
    }
  }
}

function columns({ reads, changed, visits, notModified }: Totals): string {
  return `| ${((100 * changed) / reads).toFixed(2)} | ${visits} | ${notModified} |`;
}

/** One lifetime for all pages, as close as can be to a share of changed reads. */
function equallyStale(
  trace: readonly TraceRead[],
  share: number,
  graceMs: number,
): { ttlMs: number; totals: Totals } {
  let [low, high] = [MINUTE / 4, 30 * DAY];
  for (let step = 0; step < 16; step += 1) {
    const middle = Math.sqrt(low * high);
    const { changed, reads } = simulate(trace, fixedLifetime(middle, graceMs));
    if (changed / reads > share) high = middle;
    else low = middle;
  }
  return { ttlMs: low, totals: simulate(trace, fixedLifetime(low, graceMs)) };
}

function fixedLifetime(ttlMs: number, graceMs: number): FreshnessPolicy {
  return {
    ...DEFAULT_POLICY,
    ttlMinMs: ttlMs,
    ttlMaxMs: ttlMs,
    ttlDefaultMs: ttlMs,
    staleWhileRevalidateMs: graceMs,
  };
}

function simulate(trace: readonly TraceRead[], policy: FreshnessPolicy): Totals {
  const pages = new Map<string, Page>();
  const totals: Totals = { reads: 0, changed: 0, visits: 0, notModified: 0 };
  let hostWeights: readonly number[] | undefined;
  const start = trace[0]?.at ?? 0;

  const visit = (key: string, page: Page, now: number) => {
    const version = page.origin.versionAt(now - start);
    totals.visits += 1;
    if (page.hasValidators && version === page.shown) totals.notModified += 1;
    const found = { key: keyHash(key), contentHash: String(version), validators: null };
    const renewed = renewal(found, page.memory, hostWeights, now, policy);
    page.memory = renewed.memory;
    page.lifetime = renewed.lifetime;
    page.shown = version;
    hostWeights = renewed.hostWeights ?? hostWeights; // keys of a trace have no hosts: they are all of one
  };

  for (const { at, key } of trace) {
    const page = pages.get(key) ?? aPage(key);
    pages.set(key, page);
    totals.reads += 1;
    if (at >= page.lifetime.staleUntil) visit(key, page, at);
    else {
      if (page.origin.versionAt(at - start) !== page.shown) totals.changed += 1;
      if (at >= page.lifetime.freshUntil) visit(key, page, at); // behind the answer
    }
  }
  return totals;
}

function aPage(key: string): Page {
  const u2 = createHash('sha1').update(key).digest().readUInt32BE(4) / 2 ** 32;
  return {
    origin: new ChangingPage(key),
    hasValidators: u2 < 0.3,
    memory: NO_MEMORY,
    lifetime: { fetchedAt: 0, freshUntil: 0, staleUntil: 0 },
    shown: -1,
  };
}

/** Hex, as the jitter of a key wants it. */
function keyHash(key: string): string {
  return createHash('sha1').update(key).digest('hex').slice(0, 32);
}
