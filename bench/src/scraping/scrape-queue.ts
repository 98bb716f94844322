import { setTimeout as pause } from 'node:timers/promises';
import { PreviewQueue } from '#libs/jobs';
import { canonicalUrl, previewKey } from '#libs/preview';

/** How many jobs are added at a time. */
const ADDED_AT_ONCE = 50;

const LOOK_EVERY_MS = 50;

/** The queue of a stack, from outside: pages in, and the time that its workers take for them. */
export class ScrapeQueue {
  private readonly queue: PreviewQueue;

  private constructor(redisUrl: string) {
    this.queue = new PreviewQueue({
      redisUrl,
      maxWaiting: 1_000_000,
      onError: (error) => console.error(error),
    });
  }

  static async connect(redisUrl: string): Promise<ScrapeQueue> {
    const scrapes = new ScrapeQueue(redisUrl);
    await scrapes.queue.connected();
    return scrapes;
  }

  /** Has the pages scraped, for readers, and waits for the end of the last. @returns ms from the moment at which all wait to that */
  async scrape(urls: readonly string[]): Promise<number> {
    await this.queue.queue.pause(); // adding them takes time of the same processors
    for (let start = 0; start < urls.length; start += ADDED_AT_ONCE)
      await Promise.all(urls.slice(start, start + ADDED_AT_ONCE).map((url) => this.add(url)));
    const start = performance.now();
    await this.queue.queue.resume();
    while ((await this.unfinished()) > 0) await pause(LOOK_EVERY_MS);
    return performance.now() - start;
  }

  /** Jobs that failed, ever. */
  async failed(): Promise<number> {
    return this.queue.queue.getJobCountByTypes('failed');
  }

  async close(): Promise<void> {
    await this.queue.onApplicationShutdown();
  }

  private async add(page: string): Promise<void> {
    const url = canonicalUrl(page);
    await this.queue.add('scrape', { key: previewKey(url), url, seenVersion: null, insist: false });
  }

  private unfinished(): Promise<number> {
    return this.queue.queue.getJobCountByTypes('prioritized', 'waiting', 'delayed', 'active');
  }
}
