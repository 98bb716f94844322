import { type PreviewJobResult, PreviewQueue } from '#libs/jobs';
import { Clock } from '#libs/preview';
import { type ReleasedWarm, WarmReleases } from '#libs/store';
import { Logger } from '#libs/telemetry';

export interface WarmReleaserOptions {
  /** Most warms in the queue at a time; undefined: a quarter of what the fleet scrapes at a time. */
  readonly inFlight: number | undefined;
  /** Scrapes at a time of one worker. */
  readonly concurrency: number;
}

/** Longest time that a warm is followed, in ms. */
const FOLLOW_MS = 60_000;

/** Puts warms into the queue, a few at a time, so that readers find free workers: the next one when one has ended. */
export class WarmReleaser {
  private readonly running = new Set<Promise<void>>();
  private releasing: Promise<void> | undefined;
  private prefersOrders = false;
  /** The queue took no warm in this round: it is full, or away, and to try again at once would be to try without end. */
  private isRefused = false;
  private isStopped = false;

  constructor(
    private readonly releases: WarmReleases,
    private readonly queue: PreviewQueue,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: WarmReleaserOptions,
  ) {}

  /** Releases what there is room for, and goes on by itself as long as there is something and the queue takes it: once a round. */
  release(): void {
    this.isRefused = false;
    this.goOn();
  }

  /** Releases no more, and waits for the word on those that were. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.releasing;
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
    while (!this.isStopped && !this.isRefused && this.running.size < limit) {
      const warm = await this.next();
      if (warm === undefined) return;
      const run: Promise<void> = this.run(warm)
        .catch((error: unknown) => this.logger.warn('a warm was lost sight of', error))
        .then(() => {
          this.running.delete(run);
          this.goOn();
        });
      this.running.add(run);
    }
  }

  private async limit(): Promise<number> {
    if (this.options.inFlight !== undefined) return this.options.inFlight;
    const workers = await this.queue.workers();
    return Math.max(1, Math.floor((Math.max(1, workers) * this.options.concurrency) / 4));
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
    // A forecast warm renews a copy that may have a moment to live; an ordered one leaves alone what will be fresh at its time.
    const data = { key, url, seenVersion: version, insist: order === undefined };
    const job = await this.queue
      .add('warm', order === undefined ? data : { ...data, ordered: true, freshAt: order.dueAt })
      .catch(() => undefined); // full, or away: nobody waits for a warm
    if (job === undefined) {
      this.isRefused = true;
      return order === undefined ? this.releases.giveUp(key) : this.releases.putBackOrder(order);
    }
    const result = await this.queue.waitForEnd(job, FOLLOW_MS);
    if (order !== undefined) {
      if (result !== undefined) await this.releases.reportOrder(order, result.outcome, result.reason);
    } else if (result !== undefined && !isRenewed(result)) await this.releases.giveUp(key);
  }
}

/** Whether a warm did what it was planned for: no reader was first, and the origin gave the page. */
function isRenewed({ outcome, work }: PreviewJobResult): boolean {
  return outcome === 'success' && work !== 'already-stored';
}
