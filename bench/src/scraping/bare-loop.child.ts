import { Agent } from 'undici';
import { extractPreview } from '../../../apps/worker/src/extract/extract-preview.js';
import { PageFetcher } from '../../../apps/worker/src/fetch/page-fetcher.js';

/** Pages for the loop, which answers with the ms that it took. */
export interface BareRound {
  readonly urls: readonly string[];
  readonly concurrency: number;
}

/** The worker's own bounds. */
const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 15_000;

const fetcher = new PageFetcher({
  agent: new Agent(),
  maxBytes: MAX_BYTES,
  userAgent: 'bare-loop',
  fallbackUserAgent: 'bare-loop',
  consentCookie: '',
});

/** Fetch and extract, and nothing else: no queue, no guard, no store. */
async function scrapeAll({ urls, concurrency }: BareRound): Promise<number> {
  const start = performance.now();
  const waiting = urls.values();
  const lane = async () => {
    for (const url of waiting) await scrape(url);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return performance.now() - start;
}

async function scrape(url: string): Promise<void> {
  const wanted = { url, validators: null, signal: AbortSignal.timeout(TIMEOUT_MS) };
  await fetcher.fetch(wanted, async (page) => {
    if (page.kind !== 'html') throw new Error(`${url} is no page`);
    return extractPreview(page.finalUrl, page.text);
  });
}

process.on('message', (round) => void scrapeAll(round as BareRound).then((ms) => process.send?.(ms)));
process.once('disconnect', () => process.exit());
