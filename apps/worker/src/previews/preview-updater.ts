import { PreviewCache } from '#libs/cache';
import type { PreviewJobData, PreviewJobResult } from '#libs/jobs';
import {
  type Clock,
  freshness,
  isGone,
  type PreviewEntry,
  type PreviewFacets,
  type VisitReason,
  visitVersion,
  withTags,
} from '#libs/preview';
import { CONDITIONAL_COST } from '#libs/forecast';
import { PreviewStoreWriter, type ScrapeEnd, type ScrapeStart, type Visit } from '#libs/store';
import { withOEmbed } from '../oembed/with-oembed.js';
import { withKnownPictures } from '../pictures/known-pictures.js';
import type { PictureMeasurer } from '../pictures/picture-measurer.js';
import { contentHash } from './content-hash.js';
import { type FreshnessPolicy, pauseAfter, renewal } from './freshness-policy.js';
import {
  type Disallowed,
  PoliteScraper,
  type Postponed,
  type Visited,
} from '../politeness/polite-scraper.js';

/** What a visit brought, or that there was none, as the totals name it. */
const TOTAL = { page: 'page', unchanged: 'not-modified', failure: 'failed', rested: 'backed-off' } as const;

/** The same, as its job does. */
const WORK = {
  page: 'scraped',
  unchanged: 'not-modified',
  failure: 'scraped',
  rested: 'backed-off',
} as const;

/** What there is to store. */
type Outcome = Exclude<Visited, Postponed | Disallowed>;

/** How often a scrape is begun anew when a purge came between. */
const ATTEMPTS_AROUND_PURGES = 3;

/** Journey 2, the worker's half: go to the site, store what is there, then put it where readers look. */
export class PreviewUpdater {
  constructor(
    private readonly store: PreviewStoreWriter,
    private readonly scraper: PoliteScraper,
    private readonly cache: PreviewCache,
    private readonly clock: Clock,
    private readonly policy: FreshnessPolicy,
    private readonly pictures: Pick<PictureMeasurer, 'measureLater'>,
  ) {}

  /**
   * Scrape, refresh and warm are one path; the reason is for the priority, and for whoever looks at what came of it.
   *
   * @param isAwaited whether someone waits for the page by now
   */
  async update(
    job: PreviewJobData,
    reason: VisitReason,
    isAwaited: boolean,
  ): Promise<PreviewJobResult | Postponed> {
    for (let attempt = 0; attempt < ATTEMPTS_AROUND_PURGES; attempt += 1) {
      const start = await this.store.begin(job.key, job.url);
      if (start.held !== undefined && this.isGoodEnough(start.held, job))
        return this.publish(start.held, 'already-stored');

      // Without a copy to renew, "unchanged" would be no answer.
      const validators = start.held?.preview == null ? null : start.memory.validators;
      const scraped = await this.scraper.scrape(job.url, validators, isAwaited);
      if (scraped.kind === 'postponed') return scraped;
      if (scraped.kind === 'disallowed') return this.disallowed(job, reason, start.held, scraped);
      const saved = await this.store.save(this.endOf(job, reason, start, scraped), start);
      if (saved.kind === 'saved') {
        const result = await this.publish(saved.entry, WORK[scraped.kind]);
        if (saved.entry.outcome.kind === 'success') this.pictures.measureLater(saved.entry); // readers don't wait for it
        return result;
      }
      // Superseded: another worker had this job meanwhile, as ours looked dead; what it stored is newer. Void: a purge came
      // between, and whoever still waits is owed a page from after it. In both cases a look at the store decides.
    }
    throw new Error(`${job.url} was purged during each of ${ATTEMPTS_AROUND_PURGES} scrapes`);
  }

  /**
   * Somebody else's scrape ended between the asker's look and his asking; or the asker's clock is ahead of ours, and what he took for
   * stale is fresh, unless he insists. A copy can be wanted fresh at a later time; a failure rests for its pause all the same.
   */
  private isGoodEnough(held: PreviewEntry, { seenVersion, insist, freshAt = 0 }: PreviewJobData): boolean {
    if (visitVersion(held) > (seenVersion ?? 0)) return true;
    const now = this.clock.now();
    const at = held.outcome.kind === 'success' ? Math.max(now, freshAt) : now;
    return !insist && freshness(held, at) === 'fresh';
  }

  private async disallowed(
    job: PreviewJobData,
    reason: VisitReason,
    held: PreviewEntry | undefined,
    { outcome }: Disallowed,
  ): Promise<PreviewJobResult> {
    await this.store.countDisallowed(countedAs(job, reason), this.clock.now());
    return {
      outcome: outcome.code,
      reason: outcome.reason,
      version: held?.version ?? 0,
      work: 'disallowed',
    };
  }

  /** The store comes first: what readers see in Redis must not be lost with it. */
  private async publish(entry: PreviewEntry, work: PreviewJobResult['work']): Promise<PreviewJobResult> {
    await this.cache.publish(entry, this.clock.now());
    const { outcome, version } = entry;
    return outcome.kind === 'success'
      ? { outcome: 'success', reason: null, version, work }
      : { outcome: outcome.code, reason: outcome.reason, version, work };
  }

  private endOf(
    job: PreviewJobData,
    reason: VisitReason,
    { held, memory, hostWeights }: ScrapeStart,
    scraped: Outcome,
  ): ScrapeEnd {
    const now = this.clock.now();
    const { key, url } = job;
    const visit = { reason: countedAs(job, reason), work: TOTAL[scraped.kind], at: now };
    const base = {
      key,
      url,
      fetchUrl: scraped.fetchUrl,
      facets: visitedFacets(held),
      tags: withTags(held?.tags ?? [], job.tags ?? []),
    };
    if (scraped.kind === 'failure' || scraped.kind === 'rested') {
      const { outcome } = scraped;
      const wasVisited = scraped.kind === 'failure';
      const failures = memory.failures + (wasVisited ? 1 : 0);
      // What another page was told holds for this one until the host may be asked, and not a minute longer.
      const policy = wasVisited ? this.policy : { ...this.policy, transientMs: 0 };
      return {
        entry: {
          ...base,
          preview: isGone(outcome) ? null : (held?.preview ?? null),
          outcome,
          fetchedFor: held?.preview == null ? reason : held.fetchedFor, // the copy is still the one from before
          ...pauseAfter(outcome, failures, held, now, policy),
        },
        memory: { ...memory, failures },
        hostWeights: undefined,
        visit,
        refetchCost: 1,
      };
    }
    const { preview, facets, outcome, found } = contentOf(scraped, held, memory);
    const renewed = renewal({ key, ...found }, memory, hostWeights, now, this.policy);
    return {
      entry: { ...base, preview, facets, outcome, fetchedFor: reason, ...renewed.lifetime },
      memory: renewed.memory,
      hostWeights: renewed.hostWeights,
      visit,
      refetchCost: renewed.memory.validators === null ? 1 : CONDITIONAL_COST,
    };
  }
}

/** Those of a copy that go over to the next visit's. */
function visitedFacets(held: PreviewEntry | undefined): PreviewFacets {
  const { amends: _, ...facets } = held?.facets ?? {};
  return facets;
}

function countedAs(job: PreviewJobData, reason: VisitReason): Visit['reason'] {
  return job.ordered === true ? 'order' : reason;
}

/** What the page says: as it came, or, where the origin says that nothing changed, as it is held. */
function contentOf(
  scraped: Extract<Outcome, { kind: 'page' | 'unchanged' }>,
  held: PreviewEntry | undefined,
  { validators, contentHash: rememberedHash }: ScrapeStart['memory'],
) {
  if (scraped.kind === 'page') {
    const { preview, oembed, outcome, validators } = scraped;
    // A provider that doesn't answer today hasn't unsaid what it said.
    const known = oembed === 'failed' ? held?.facets.oembed : oembed;
    return {
      preview: withKnownPictures(known == null ? preview : withOEmbed(preview, known), held?.preview),
      facets: known == null ? {} : { oembed: known },
      outcome,
      found: { contentHash: contentHash(preview), validators }, // of the page's own words alone
    };
  }
  if (held?.preview == null || rememberedHash === null)
    throw new Error('a page that was never held is said to be unchanged');
  const outcome =
    held.outcome.kind === 'success'
      ? held.outcome
      : ({ kind: 'success', statusCode: 200, headers: {}, redirects: [] } as const);
  return {
    preview: withKnownPictures(held.preview, held.preview),
    facets: visitedFacets(held),
    outcome,
    found: { contentHash: rememberedHash, validators },
  };
}
