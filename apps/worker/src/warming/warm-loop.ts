import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '#libs/preview';
import { Leases } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { CacheRebuild } from './cache-rebuild.js';
import { Retention } from './retention.js';
import { WarmPlanner } from './warm-planner.js';
import { WarmReleaser } from './warm-releaser.js';

/** How a round of this worker's ended; one that isn't its turn is none. */
export type RoundEnd = 'done' | 'failed';

export interface WarmLoopOptions {
  /** A round ended, after so many ms. */
  readonly onRound?: (end: RoundEnd, ms: number) => void;
  /** Time between two rounds, in ms. */
  readonly roundMs: number;
  /** How long before its expiry a copy is decided upon and renewed, in ms. */
  readonly leadMs: number;
}

/** The lease on the loop is renewed every round; one that isn't for so long (ms) is another worker's. */
const LEASE = { name: 'warm-loop', forMs: 15_000 };

/**
 * Journey 3, in rounds: copies that are about to expire are decided upon, those that lapsed are settled, and what is to be warmed is released. It runs on
 * one worker of the fleet at a time; what comes before it, demand being added, runs on all.
 */
@Injectable()
export class WarmLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private isClosing = false;

  constructor(
    private readonly planner: WarmPlanner,
    private readonly releaser: WarmReleaser,
    private readonly rebuild: CacheRebuild,
    private readonly retention: Retention,
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
    const startedAt = performance.now();
    let end: RoundEnd = 'failed';
    try {
      await this.makeRound(this.clock.now());
      end = 'done';
    } finally {
      this.options.onRound?.(end, performance.now() - startedAt);
    }
  }

  private async makeRound(now: number): Promise<void> {
    await this.rebuild.ifLost();
    await this.planner.decide(now + this.options.leadMs, now);
    await this.planner.settleLapsed(now);
    this.releaser.release();
    await this.retention.round(now);
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
