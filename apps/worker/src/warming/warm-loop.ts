import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CONDITIONAL_COST, decodeDemand, type WarmCandidate, type WarmForecast } from '#libs/forecast';
import { Clock } from '#libs/preview';
import { LedgerEntry, Leases, type LoopState, type PlanRow, WarmLedger, type WarmRow } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { CacheRebuild } from './cache-rebuild.js';
import { learnedForecast } from './learned-forecast.js';
import { LATEST_CHUNK_MS } from './roll-up.js';
import { WarmReleaser } from './warm-releaser.js';

export interface WarmLoopOptions {
  /** Extra origin load that is allowed: 0.1 is a tenth; 0 plans nothing. */
  readonly budgetShare: number;
  /** Time between two rounds, in ms. */
  readonly roundMs: number;
  /** How long before its expiry a copy is decided upon and renewed, in ms. */
  readonly leadMs: number;
  /** How long after a period its reads may still be handed over, in ms. */
  readonly settleAfterMs: number;
  /** How long totals are kept, in ms. */
  readonly keepTotalsMs: number;
}

interface Candidate extends WarmCandidate {
  readonly row: WarmRow<PlanRow>;
}

/** Rows that are read at once: memory is bounded, however many are due. */
const BATCH = 5_000;

/** The lease on the loop is renewed every round; one that isn't for so long (ms) is another worker's. */
const LEASE = { name: 'warm-loop', forMs: 15_000 };

/** Longest step in which visits are summed up (ms): totals older than this are taken for final. */
const VISITS_FINAL_AFTER_MS = 600_000;

/** How far (ms) the loop's place may lag behind where there is nothing to do: each write of it is one of the whole model. */
const LAZY_MS = 60_000;

/** How often old days are dropped, in ms. */
const DROP_EVERY_MS = 3_600_000;

const LAST_KEY = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Journey 3, in rounds: copies that are about to expire are decided upon, those that lapsed are settled, and what is to be warmed is released. It runs on
 * one worker of the fleet at a time.
 */
@Injectable()
export class WarmLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private droppedAt = Number.NEGATIVE_INFINITY;
  private isClosing = false;

  constructor(
    private readonly ledger: WarmLedger,
    private readonly leases: Leases,
    private readonly releaser: WarmReleaser,
    private readonly rebuild: CacheRebuild,
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
    await this.decide(now + this.options.leadMs, now);
    await this.settleLapsed(now - this.options.settleAfterMs);
    await this.dropOld(now);
    this.releaser.release();
  }

  /** Decides upon each copy once, just before it expires: those that are worth most per unit of load are set aside to be warmed. */
  async decide(until: number, now: number): Promise<void> {
    let last: string | undefined = LAST_KEY;
    while (last !== undefined && !this.isClosing)
      last = await this.ledger.open(now, async (entry, state) => {
        const forecast = this.forecastOf(state);
        const visits = await countVisits(entry, state, forecast, now);
        const due = await entry.due({ at: state.decidedUntil, key: last! }, until, BATCH);
        const outcomes = settleWarmed(forecast, due);
        forecast.budget.reserve(await entry.pendingCost());
        const plan = forecast.plan(due.filter((row) => isOpen(row, now)).map(candidateOf), now);
        await entry.choose(
          plan
            .filter(({ warm }) => warm)
            .map(({ candidate: { row }, probability, score }) => ({
              key: row.key,
              version: row.plan.version,
              probability,
              score,
            })),
        );
        const isWhole = due.length < BATCH;
        if (due.length === 0 && until - state.decidedUntil < LAZY_MS) return undefined;
        const decidedUntil = isWhole ? Math.max(until, state.decidedUntil) : due.at(-1)!.plan.dueAt;
        await entry.save({ ...state, ...visits, learned: forecast.store(), decidedUntil });
        await entry.addTotals(now, outcomes);
        return isWhole ? undefined : due.at(-1)!.key;
      });
  }

  /** Settles the periods of copies that expired, were not warmed, and that nobody asked for in another lifetime. */
  async settleLapsed(until: number): Promise<void> {
    let last: string | undefined = LAST_KEY;
    while (last !== undefined && !this.isClosing)
      last = await this.ledger.open(this.clock.now(), async (entry, state) => {
        const lapsed = await entry.lapsed({ at: state.lapsedUntil, key: last! }, until, BATCH);
        const isWhole = lapsed.length < BATCH;
        if (isWhole && lapsed.length === 0 && until - state.lapsedUntil < LAZY_MS) return undefined;
        const forecast = this.forecastOf(state);
        let skipped = 0;
        for (const { demand, plan } of lapsed) {
          const period = { from: plan.dueAt, until: plan.dueAt + plan.ttlMs, warmed: false };
          if (forecast.settleUnread(demand && decodeDemand(demand), period) !== undefined) skipped += 1;
        }
        const lapsedUntil = isWhole ? Math.max(until, state.lapsedUntil) : lapsesAt(lapsed.at(-1)!.plan);
        await entry.save({ ...state, learned: forecast.store(), lapsedUntil });
        await entry.addTotals(this.clock.now(), { 'warm.skipped': skipped });
        return isWhole ? undefined : lapsed.at(-1)!.key;
      });
  }

  private forecastOf({ learned }: LoopState): WarmForecast {
    return learnedForecast(learned, this.options.budgetShare, (error) =>
      this.logger.error('the forecast starts over', error),
    );
  }

  private async dropOld(now: number): Promise<void> {
    if (now - this.droppedAt < DROP_EVERY_MS) return;
    this.droppedAt = now;
    const dropped = await this.ledger.dropBefore({
      chunks: now - 2 * LATEST_CHUNK_MS,
      totals: now - this.options.keepTotalsMs,
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

/** Adds the visits since the last round to what the budget is measured by. @returns how far they are counted */
async function countVisits(
  entry: LedgerEntry,
  { visitsSince, visitsCounted }: LoopState,
  forecast: WarmForecast,
  now: number,
): Promise<Pick<LoopState, 'visitsSince' | 'visitsCounted'>> {
  const final = Math.floor((now - VISITS_FINAL_AFTER_MS / 2) / 60_000) * 60_000;
  const { sinceThen, sinceLater } = await entry.visitLoad(visitsSince, final, CONDITIONAL_COST);
  forecast.budget.countFetch(sinceThen - visitsCounted);
  return now - visitsSince > VISITS_FINAL_AFTER_MS
    ? { visitsSince: final, visitsCounted: sinceLater }
    : { visitsSince, visitsCounted: sinceThen };
}

/** Settles the periods that were warmed and end with these copies. @returns how many were wasted, as totals */
function settleWarmed(
  forecast: WarmForecast,
  due: readonly WarmRow<PlanRow>[],
): Record<'warm.wasted', number> {
  let wasted = 0;
  for (const { demand, plan } of due) {
    const { period } = plan;
    if (period === undefined || !period.warmed || period.from === plan.dueAt) continue;
    if (forecast.settleUnread(demand && decodeDemand(demand), period) !== undefined) wasted += 1;
  }
  return { 'warm.wasted': wasted };
}

/** A copy that expired long ago, as no worker was there to decide, has had its time; one that was decided upon has had its decision. */
function isOpen({ plan: { dueAt, ttlMs, period } }: WarmRow<PlanRow>, now: number): boolean {
  return period?.from !== dueAt && now - dueAt <= ttlMs / 2;
}

function candidateOf(row: WarmRow<PlanRow>): Candidate {
  const { dueAt, ttlMs, cost } = row.plan;
  return { row, dueAt, ttlMs, cost, demand: row.demand && decodeDemand(row.demand) };
}

function lapsesAt({ dueAt, ttlMs }: PlanRow): number {
  return dueAt + ttlMs;
}
