import { createHash } from 'node:crypto';
import {
  CONDITIONAL_COST,
  type DemandState,
  type KeyReads,
  type MomentKind,
  type StoredCopy,
  WarmBudget,
  type WarmCandidate,
  WarmForecast,
  type WarmForecastOptions,
  type WarmMoment,
  type WarmPeriod,
} from '#libs/forecast';
import { freshness, NO_MEMORY, type PreviewEntry, type ScrapeMemory } from '#libs/preview';
import {
  type FreshnessPolicy,
  type Lifetime,
  renewal,
} from '../../../apps/worker/src/previews/freshness-policy.js';
import type { Trace, TraceRead } from '../trace.js';
import { ExpiryQueue } from './expiry-queue.js';
import type { Origin, Visit } from './origin.js';
import { Tally } from './tally.js';

export interface WarmlinkReplay {
  /** One lifetime and grace for all (ms), or learned ones. */
  readonly lifetimes: { readonly ttlMs: number; readonly graceMs: number } | FreshnessPolicy;
  /** Extra origin load that is allowed: 0.1 is a tenth. */
  readonly budgetShare: number;
  /** After so long (ms) the reads of a window are handed over. */
  readonly windowMs: number;
  /** How often candidates are decided upon, in ms; as often as the service does by default. */
  readonly roundMs?: number | undefined;
  /** What probabilities are told by, and the budget of each host; what the service has by default. */
  readonly forecast?: WarmForecastOptions;
  /** The host of a key; keys of a trace have none by default. */
  readonly hostOf?: (key: string) => string;
  /** Told of each decision. */
  readonly onDecision?: (decision: ReplayDecision) => void;
  /** Told how many of the reads are done. */
  readonly onProgress?: (reads: number) => void;
}

/** What was decided upon a copy; `at` in ms since the epoch. */
export interface ReplayDecision {
  readonly key: string;
  readonly at: number;
  readonly kind: MomentKind;
  /** Of at least one read within the lifetime that begins at `at`; 0 where the decision was put off. */
  readonly probability: number;
  readonly warm: boolean;
}

/** A key of the trace, as the service's database and caches hold it. */
interface Page {
  readonly key: string;
  entry: PreviewEntry | undefined;
  version: number;
  warmed: boolean;
  wasRead: boolean;
  hasValidators: boolean;
  memory: ScrapeMemory;
  demand: DemandState | undefined;
  /** The last expiry, and what followed. */
  period: WarmPeriod | undefined;
}

interface Candidate extends WarmCandidate {
  readonly page: Page;
}

/** A copy that is to be decided upon: when it expires, or at a moment to which that was put off. */
interface Due {
  readonly page: Page;
  readonly dueAt: number;
  readonly moment: WarmMoment | undefined;
}

const ROUND_MS = 1_000;

/** Windows after a period's end in which the reads of it must have been handed over. */
const WINDOWS_OF_GRACE = 2;

/** How many reads pass between two words on the progress. */
const PROGRESS_EVERY = 5_000;

/**
 * The service in virtual time: its forecaster, its plan and its freshness, demand in windows, from a cold start, with origins that answer at once. What
 * it knows at any moment is what has been handed over by then.
 */
export class WarmlinkStrategy {
  private readonly tally = new Tally();
  readonly forecast: WarmForecast;
  private readonly pages = new Map<string, Page>();
  private readonly expiries = new ExpiryQueue<Due>();
  private readonly lapses = new ExpiryQueue<Page>();
  private window = new Map<Page, KeyReads>();
  private windowEndsAt = 0;
  private hostWeights: readonly number[] | undefined;

  constructor(
    private readonly origin: Origin,
    private readonly options: WarmlinkReplay,
  ) {
    this.forecast = new WarmForecast(new WarmBudget(options.budgetShare), options.forecast);
  }

  replay({ reads }: Trace): Tally {
    this.windowEndsAt = (reads[0]?.at ?? 0) + this.options.windowMs;
    for (const read of reads) {
      this.advance(read.at);
      this.read(read);
      if (this.tally.reads % PROGRESS_EVERY === 0) this.options.onProgress?.(this.tally.reads);
    }
    return this.tally;
  }

  /** All that happens up to a time (ms since the epoch), in order: windows end, periods lapse, copies expire. */
  private advance(now: number): void {
    const { roundMs = ROUND_MS } = this.options;
    for (;;) {
      const round = Math.ceil(this.expiries.next / roundMs) * roundMs;
      const next = Math.min(this.window.size === 0 ? Infinity : this.windowEndsAt, this.lapses.next, round);
      if (next > now) break;
      if (this.window.size > 0 && next === this.windowEndsAt) this.handOver();
      else if (next === this.lapses.next) this.lapse();
      else this.decide(next);
    }
    const { windowMs } = this.options;
    if (this.windowEndsAt <= now)
      this.windowEndsAt += Math.ceil((now + 1 - this.windowEndsAt) / windowMs) * windowMs;
  }

  private read({ at, key }: TraceRead): void {
    const page = this.pageOf(key);
    this.tally.reads += 1;
    this.count(page, at);
    const state = freshness(page.entry, at);
    if (state !== 'missing') {
      if (this.origin.versionAt(key, at) !== page.version) this.tally.changed += 1;
      if (state === 'fresh' && page.warmed && !page.wasRead) this.tally.used += 1;
      page.wasRead = true;
    }
    if (state === 'fresh') this.tally.fresh += 1;
    else {
      if (state === 'stale') this.tally.stale += 1;
      this.visit(page, at, false);
    }
  }

  private count(page: Page, at: number): void {
    const seen = this.window.get(page);
    this.window.set(page, {
      reads: (seen?.reads ?? 0) + 1,
      firstAt: seen?.firstAt ?? at,
      lastAt: at,
    });
  }

  private handOver(): void {
    for (const [page, seen] of this.window) {
      const copy = page.entry && { ...copyOf(page, page.entry), host: this.hostOf(page) };
      page.demand = this.forecast.countReads(page.demand, seen, page.period, copy).demand;
    }
    this.window = new Map();
    this.windowEndsAt += this.options.windowMs;
  }

  private decide(now: number): void {
    const candidates: Candidate[] = [];
    while (this.expiries.next <= now) {
      const { page, dueAt, moment } = this.expiries.take()!;
      if (page.entry?.freshUntil !== dueAt) continue; // a reader was first
      if (moment === undefined) this.expire(page);
      const { demand } = page;
      const copy = copyOf(page, page.entry);
      candidates.push({ ...copy, page, demand, moment, canWait: true, host: this.hostOf(page) });
    }
    for (const { candidate, kind, warm, next, period, probability } of this.forecast.plan(candidates, now)) {
      const { page, dueAt, moment } = candidate;
      page.period = period;
      if (period !== undefined)
        this.lapses.add(period.until + WINDOWS_OF_GRACE * this.options.windowMs, page);
      if (warm) this.visit(page, moment?.at ?? dueAt, true);
      else if (next !== undefined) this.expiries.add(next.at, { page, dueAt, moment: next });
      this.options.onDecision?.({ key: page.key, at: moment?.at ?? dueAt, kind, warm, probability });
    }
  }

  private expire(page: Page): void {
    if (page.warmed && !page.wasRead) this.tally.wasted += 1;
    if (page.period?.warmed) this.forecast.settleUnread(page.demand, page.period);
  }

  private lapse(): void {
    const lapsedAt = this.lapses.next - WINDOWS_OF_GRACE * this.options.windowMs;
    const page = this.lapses.take()!;
    if (page.period?.until !== lapsedAt || page.period.warmed) return; // a warmed one is settled when its copy expires
    this.forecast.settleUnread(page.demand, page.period);
    page.period = undefined;
  }

  private visit(page: Page, at: number, warmed: boolean): void {
    const found = this.origin.visit(page.key, at);
    this.tally.fetches += 1;
    if (page.entry !== undefined && found.hasValidators && found.version === page.version)
      this.tally.notModified += 1;
    if (warmed) this.tally.warms += 1;
    if (page.entry === undefined) this.forecast.budget.countFirst(costOf(page));
    else {
      this.forecast.budget.countFetch(costOf(page));
      if (!warmed) this.forecast.countFetchOf(this.hostOf(page), costOf(page));
    }
    if (warmed) this.forecast.budget.reserve(-costOf(page));
    page.entry = { ...A_PAGE, ...this.lifetimeOf(page, found, at) };
    Object.assign(page, {
      version: found.version,
      hasValidators: found.hasValidators,
      warmed,
      wasRead: !warmed,
    });
    const dueAt = page.entry.freshUntil;
    this.expiries.add(dueAt, { page, dueAt, moment: undefined });
  }

  private lifetimeOf(page: Page, { version }: Visit, at: number): Lifetime {
    const { lifetimes } = this.options;
    if ('ttlMs' in lifetimes) {
      const freshUntil = at + lifetimes.ttlMs;
      return { fetchedAt: at, freshUntil, staleUntil: freshUntil + lifetimes.graceMs };
    }
    const found = { key: hashOf(page.key), contentHash: String(version), validators: null };
    const renewed = renewal(found, page.memory, this.hostWeights, at, lifetimes);
    page.memory = renewed.memory;
    this.hostWeights = renewed.hostWeights ?? this.hostWeights; // keys of a trace have no hosts: they are all of one
    return renewed.lifetime;
  }

  private hostOf({ key }: Page): string | undefined {
    return this.options.hostOf?.(key);
  }

  private pageOf(key: string): Page {
    let page = this.pages.get(key);
    if (page === undefined) {
      page = {
        key,
        entry: undefined,
        version: -1,
        warmed: false,
        wasRead: false,
        hasValidators: false,
        memory: NO_MEMORY,
        demand: undefined,
        period: undefined,
      };
      this.pages.set(key, page);
    }
    return page;
  }
}

/** What all copies of a replay have in common. */
const A_PAGE = {
  key: '',
  version: 1,
  url: '',
  fetchUrl: '',
  preview: {},
  outcome: { kind: 'success', statusCode: 200, headers: {}, redirects: [] },
  facets: {},
  tags: [],
} as unknown as PreviewEntry;

function lifetimeMs({ fetchedAt, freshUntil }: PreviewEntry): number {
  return freshUntil - fetchedAt;
}

function copyOf(page: Page, entry: PreviewEntry): StoredCopy {
  return { dueAt: entry.freshUntil, ttlMs: lifetimeMs(entry), cost: costOf(page) };
}

function costOf({ hasValidators }: Page): number {
  return hasValidators ? CONDITIONAL_COST : 1;
}

/** Hex, as the jitter of a key wants it. */
function hashOf(key: string): string {
  return createHash('sha1').update(key).digest('hex').slice(0, 32);
}
