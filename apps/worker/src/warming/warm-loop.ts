import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '#libs/preview';
import { Leases, WarmLedger } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { CacheRebuild } from './cache-rebuild.js';
import { LATEST_CHUNK_MS } from './roll-up.js';
import { WarmPlanner } from './warm-planner.js';
import { WarmReleaser } from './warm-releaser.js';

export interface WarmLoopOptions {
  /** Time between two rounds, in ms. */
  readonly roundMs: number;
  /** How long before its expiry a copy is decided upon and renewed, in ms. */
  readonly leadMs: number;
  /** How long totals are kept, in ms. */
  readonly keepTotalsMs: number;
}

/** The lease on the loop is renewed every round; one that isn't for so long (ms) is another worker's. */
const LEASE = { name: 'warm-loop', forMs: 15_000 };

/** How often old days are dropped, in ms. */
const DROP_EVERY_MS = 3_600_000;

/** How long after its time a list can be asked about, in ms; what isn't warm by then is given up. */
const KEEP_BATCHES_MS = 7 * 86_400_000;

/**
 * Journey 3, in rounds: copies that are about to expire are decided upon, those that lapsed are settled, and what is to be warmed is released. It runs on
 * one worker of the fleet at a time; what comes before it, demand being added, runs on all.
 */
@Injectable()
export class WarmLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private droppedAt = Number.NEGATIVE_INFINITY;
  private isClosing = false;

  constructor(
    private readonly planner: WarmPlanner,
    private readonly releaser: WarmReleaser,
    private readonly rebuild: CacheRebuild,
    private readonly ledger: WarmLedger,
    private readonly leases: Leases,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: WarmLoopOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.timer);
    await this.round;
    await this.releaser.stop();
    await this.leases.release(LEASE.name, this.holder).catch(() => undefined); // it runs out by itself
  }

  /** One round, if this worker's turn it is. */
  async turn(): Promise<void> {
    if (!(await this.leases.hold(LEASE.name, this.holder, LEASE.forMs))) return;
    const now = this.clock.now();
    await this.rebuild.ifLost();
    await this.planner.decide(now + this.options.leadMs, now);
    await this.planner.settleLapsed(now);
    await this.dropOld(now);
    this.releaser.release();
  }

  private async dropOld(now: number): Promise<void> {
    if (now - this.droppedAt < DROP_EVERY_MS) return;
    this.droppedAt = now;
    const dropped = await this.ledger.dropBefore({
      chunks: now - 2 * LATEST_CHUNK_MS,
      totals: now - this.options.keepTotalsMs,
      batches: now - KEEP_BATCHES_MS,
    });
    if (dropped.length > 0) this.logger.info('old days are dropped', { dropped });
  }

  private schedule(): void {
    if (this.isClosing) return;
    this.timer = setTimeout(() => {
      this.round = this.turn()
        .catch((error: unknown) => this.logger.warn('a round of the warm loop failed', error))
        .finally(() => this.schedule());
    }, this.options.roundMs);
  }
}
