import { type PreviewJobResult, PreviewQueue } from '#libs/jobs';
import { Clock } from '#libs/preview';
import { type ReleasedOrder, type ReleasedWarm, WarmReleases } from '#libs/store';
import { Logger } from '#libs/telemetry';
import type { PreviewTagger } from '../previews/preview-tagger.js';

export interface WarmReleaserOptions {
  /** Most warms in the queue at a time; undefined: a quarter of what the fleet scrapes at a time. */
  readonly inFlight: number | undefined;
}

/** Longest time that a warm is followed, in ms. */
const FOLLOW_MS = 60_000;

/** Puts warms into the queue, a few at a time, so that readers find free workers: the next one when one has ended. */
export class WarmReleaser {
  private readonly running = new Set<Promise<void>>();
  /** Orders of those. */
  private readonly followed = new Set<NonNullable<ReleasedWarm['order']>>();
  private releasing: Promise<void> | undefined;
  /** Once a round. */
  private isListingDue = false;
  private prefersOrders = false;
  /** The queue took no warm in this round: it is full, or away, and to try again at once would be to try without end. */
  private isRefused = false;
  private isStopped = false;

  constructor(
    private readonly releases: WarmReleases,
    private readonly queue: PreviewQueue,
    private readonly tagger: Pick<PreviewTagger, 'tag'>,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: WarmReleaserOptions,
  ) {}

  /** Releases what there is room for, and goes on by itself as long as there is something and the queue takes it: once a round. */
  release(): void {
    this.isRefused = false;
    this.isListingDue = true;
    this.goOn();
  }

  /** Releases no more. Orders whose end was not heard of are released anew by whoever comes next: that one joins their jobs, or finds them done. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.releasing;
    await Promise.all([...this.followed].map((order) => this.releases.putBackOrder(order)));
  }

  private goOn(): void {
    this.releasing ??= this.fill()
      .catch((error: unknown) => this.logger.warn('warms were not released', error))
      .finally(() => {
        this.releasing = undefined;
      });
  }

  private async fill(): Promise<void> {
    const limit = await this.limit();
    if (this.isListingDue) await this.releases.listMore();
    this.isListingDue = false;
    while (!this.isStopped && !this.isRefused && this.running.size < limit) {
      const warm = await this.next();
      if (warm === undefined) return;
      if (warm.order !== undefined) this.followed.add(warm.order);
      const run: Promise<void> = this.run(warm)
        .catch((error: unknown) => this.logger.warn('a warm was lost sight of', error))
        .then(() => {
          this.running.delete(run);
          if (warm.order !== undefined) this.followed.delete(warm.order);
          this.goOn();
        });
      this.running.add(run);
    }
  }

  private async limit(): Promise<number> {
    if (this.options.inFlight !== undefined) return this.options.inFlight;
    return Math.max(1, Math.floor((await this.queue.slots()) / 4));
  }

  /** What was ordered and what was forecast take turns: neither holds up the other. */
  private async next(): Promise<ReleasedWarm | undefined> {
    this.prefersOrders = !this.prefersOrders;
    const planned = () => this.releases.takePlanned(this.clock.now());
    const ordered = () => this.releases.takeOrdered();
    return this.prefersOrders
      ? ((await ordered()) ?? (await planned()))
      : ((await planned()) ?? (await ordered()));
  }

  private async run({ key, url, version, order }: ReleasedWarm): Promise<void> {
    // A forecast warm renews a copy that may have a moment to live; an ordered one leaves alone what will be fresh at its time, and a refresh only what was visited since.
    const insist = order?.reason !== 'warm';
    const askedBy = order === undefined ? 'forecast' : (order.askedBy ?? 'somebody');
    const data = { key, url, seenVersion: version, insist, askedBy };
    const job = await this.queue
      .add(order?.reason ?? 'warm', order === undefined ? data : { ...data, ...termsOf(order) })
      .catch(() => undefined); // full, or away: nobody waits for a warm
    if (job === undefined) {
      this.isRefused = true;
      return order === undefined ? this.releases.giveUp(key) : this.releases.putBackOrder(order);
    }
    const result = await this.queue.waitForEnd(job, FOLLOW_MS);
    if (order !== undefined) {
      if (result === undefined) return;
      if (order.tags.length > 0) await this.tagger.tag(key, order.tags);
      await this.releases.reportOrder(order, result.outcome, result.reason);
    } else if (result !== undefined && !isRenewed(result)) await this.releases.giveUp(key);
  }
}

function termsOf({ dueAt, tags }: ReleasedOrder) {
  return { ordered: true as const, freshAt: dueAt, ...(tags.length > 0 && { tags }) };
}

/** Whether a warm did what it was planned for: no reader was first, and the origin gave the page. */
function isRenewed({ outcome, work }: PreviewJobResult): boolean {
  return outcome === 'success' && work !== 'already-stored';
}
