import { LRUCache } from 'lru-cache';
import { type CanonicalUrl, type Clock, fetchCandidates, type ScrapeFailure } from '#libs/preview';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { RobotsFetcher, RobotsFile } from './robots-fetcher.js';
import { type RobotsRuling, robotsRules } from './robots-rules.js';
import type { SharedRobots } from './shared-robots.js';

/** Whom robots.txt is asked for: visits that nobody waits for, all of them, or none. */
export type RobotsScope = 'background' | 'all' | 'ignore';

export type Ruling =
  | ({ readonly kind: 'ruling' } & RobotsRuling)
  /** The origin can't be reached, by none of the page's URLs. */
  | { readonly kind: 'failure'; readonly fetchUrl: string; readonly outcome: ScrapeFailure };

export interface RobotsOptions {
  readonly scope: RobotsScope;
  /** The product token that rules are looked up by. */
  readonly robot: string;
}

/** What is known of an origin, and until when (ms since the epoch). */
interface KnownRules {
  readonly judge: (url: string) => RobotsRuling;
  readonly until: number;
}

const MINUTE_MS = 60_000;

/** How long an answer holds, in ms; a day is the most that RFC 9309 has. */
const KEEP_MS: Readonly<Record<RobotsFile['kind'], number>> = {
  rules: 24 * 60 * MINUTE_MS,
  none: 60 * MINUTE_MS,
  fault: 5 * MINUTE_MS,
};

/** Most text whose rules are kept in memory, in characters; each origin counts at least as much as a small file. */
const MEMORY_SIZE = 8 * 1024 * 1024;
const LEAST_SIZE = 512;

const ALLOWED: Ruling = { kind: 'ruling', isAllowed: true, crawlDelayMs: 0 };

/** Knows what sites ask of robots (RFC 9309): from memory, from what the fleet's caching Redis has, or from the origin. */
export class Robots {
  private readonly known = new LRUCache<string, KnownRules>({ maxSize: MEMORY_SIZE });
  private readonly asking = new Map<string, Promise<KnownRules>>();

  constructor(
    private readonly fetcher: Pick<RobotsFetcher, 'fetch'>,
    private readonly shared: Pick<SharedRobots, 'find' | 'put'>,
    private readonly clock: Clock,
    private readonly options: RobotsOptions,
  ) {}

  /** What the first of a page's origins that can be reached says of it. */
  async ruling(url: CanonicalUrl, isAwaited: boolean): Promise<Ruling> {
    const { scope } = this.options;
    if (scope === 'ignore' || (scope === 'background' && isAwaited)) return ALLOWED;
    let failure: Ruling | undefined;
    for (const fetchUrl of fetchCandidates(url)) {
      try {
        const { judge } = await this.rulesOf(new URL(fetchUrl).origin);
        return { kind: 'ruling', ...judge(fetchUrl) };
      } catch (error) {
        if (!(error instanceof FetchFailed)) throw error; // a fault of our own: the job fails and is tried again
        failure ??= { kind: 'failure', fetchUrl, outcome: error.failure };
      }
    }
    return failure!;
  }

  /** Any number of pages at once cost their origin one request of this process. */
  private async rulesOf(origin: string): Promise<KnownRules> {
    const known = this.known.get(origin);
    if (known !== undefined && this.clock.now() < known.until) return known;
    const asked = this.asking.get(origin);
    if (asked !== undefined) return asked;
    const asking = this.ask(origin).finally(() => this.asking.delete(origin));
    this.asking.set(origin, asking);
    return asking;
  }

  private async ask(origin: string): Promise<KnownRules> {
    const now = this.clock.now();
    const found = await this.shared.find(origin);
    const { file, until } =
      found !== undefined && now < found.until ? found : await this.fetched(origin, now);
    const rules = { judge: judgeOf(origin, file, this.options.robot), until };
    this.known.set(origin, rules, { size: sizeOf(file) });
    return rules;
  }

  private async fetched(origin: string, now: number) {
    const file = await this.fetcher.fetch(origin);
    const found = { file, until: now + KEEP_MS[file.kind] };
    await this.shared.put(origin, found, KEEP_MS[file.kind]);
    return found;
  }
}

function judgeOf(origin: string, file: RobotsFile, robot: string): KnownRules['judge'] {
  if (file.kind === 'rules') return robotsRules(origin, file.text, robot);
  return () => ({ isAllowed: file.kind === 'none', crawlDelayMs: 0 });
}

function sizeOf(file: RobotsFile): number {
  return Math.max(LEAST_SIZE, file.kind === 'rules' ? file.text.length : 0);
}
