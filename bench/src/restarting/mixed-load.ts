import { setTimeout as pause } from 'node:timers/promises';
import type { Origin } from '../scraping/origin.js';

/** Pages that are known before the load begins. */
const KNOWN = 400;

/** How many there are of each request in a hundred. */
const MIX = { known: 86, renewed: 5, cold: 5, warm: 2, batch: 2 } as const;

export type Kind = keyof typeof MIX;

const PAGES_OF_A_BATCH = 3;

/** Who has no answer by then (ms) counts as failed. */
const PATIENCE_MS = 40_000;

/** How it went with the requests of one kind. */
export interface KindTally {
  requests: number;
  /** What was not answered as it should be: `502`, `422 ETIMEOUT`, or what became of the connection. */
  readonly failures: Map<string, number>;
}

/** Requests of every kind that callers make, at a steady rate whether or not those before have been answered. */
export class MixedLoad {
  readonly tallies = Object.fromEntries(
    Object.keys(MIX).map((kind) => [kind, { requests: 0, failures: new Map() }]),
  ) as Record<Kind, KindTally>;
  /** Batches that were taken. */
  readonly batches: string[] = [];
  private readonly turns = Object.entries(MIX).flatMap(([kind, count]) =>
    Array<Kind>(count).fill(kind as Kind),
  );
  private readonly running = new Set<Promise<void>>();
  private pages = KNOWN;
  private sent = 0;

  /** @param key of a writer */
  constructor(
    private readonly url: string,
    private readonly key: string,
    private readonly origin: Origin,
  ) {}

  /** Has all known pages scraped. */
  async prepare(): Promise<void> {
    for (let page = 0; page < KNOWN; page += 20)
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => this.request('known', this.previewOf(page + index))),
      );
  }

  /** Resolves when `during` has, and all requests are answered. */
  async run(perSecond: number, during: () => Promise<void>): Promise<void> {
    const over = new AbortController();
    const pump = (async () => {
      const start = performance.now();
      while (!over.signal.aborted) {
        const due = ((performance.now() - start) / 1_000) * perSecond;
        for (; this.sent < due; this.sent += 1) this.send();
        await pause(5);
      }
    })();
    try {
      await during();
    } finally {
      over.abort();
      await pump;
      await Promise.all(this.running);
    }
  }

  private send(): void {
    const kind = this.turns[(this.sent * 37) % this.turns.length]!; // prime to their number: each in its turn, and mixed
    const request = this.one(kind).finally(() => this.running.delete(request));
    this.running.add(request);
  }

  private async one(kind: Kind): Promise<void> {
    const known = Math.floor(Math.random() * KNOWN);
    if (kind === 'known') return this.request(kind, this.previewOf(known));
    if (kind === 'renewed') return this.request(kind, `${this.previewOf(known)}&staleTtl=0`);
    if (kind === 'cold') return this.request(kind, this.previewOf(this.newPage()));
    const batch = this.batches.at(-1);
    if (kind === 'batch' && batch !== undefined) return this.request(kind, `/v1/batches/${batch}`);
    return this.orderWarms();
  }

  private async orderWarms(): Promise<void> {
    const urls = Array.from({ length: PAGES_OF_A_BATCH }, () => this.origin.slowPage(this.newPage()));
    await this.request('warm', '/v1/warm', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ urls }),
    });
  }

  private async request(kind: Kind, path: string, init: RequestInit = {}): Promise<void> {
    const tally = this.tallies[kind];
    tally.requests += 1;
    const failure = await this.failureOf(path, init).catch((error: unknown) => describe(error));
    if (failure !== undefined) tally.failures.set(failure, (tally.failures.get(failure) ?? 0) + 1);
  }

  private async failureOf(path: string, init: RequestInit): Promise<string | undefined> {
    const headers = new Headers(init.headers);
    headers.set('x-api-key', this.key);
    const response = await fetch(this.url + path, {
      ...init,
      headers,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = await response.text();
    if (init.method === 'POST' && response.status === 202)
      this.batches.push((JSON.parse(body) as { data: { id: string } }).data.id);
    else if (response.status !== 200) return `${response.status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? ''}`;
    return undefined;
  }

  private previewOf(page: number): string {
    return `/v1/preview?url=${encodeURIComponent(this.origin.slowPage(page))}`;
  }

  private newPage(): number {
    this.pages += 1;
    return this.pages;
  }
}

/** What became of a connection. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
