import { CONDITIONAL_COST, type WarmCandidate, type WarmForecast } from '#libs/forecast';
import type { PreviewKey } from '#libs/preview';
import { LedgerEntry, type LoopState, type PlanRow, WarmLedger, type WarmRow } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { learnedForecast } from './learned-forecast.js';
import { storedDemand } from './stored-demand.js';

export interface WarmPlannerOptions {
  /** Extra origin load that is allowed: 0.1 is a tenth; 0 plans nothing. */
  readonly budgetShare: number;
  /** How long after a period its reads may still be handed over, in ms. */
  readonly settleAfterMs: number;
}

interface Candidate extends WarmCandidate {
  readonly row: WarmRow<PlanRow>;
}

/** Rows that are read at once: memory is bounded, however many are due. */
const BATCH = 5_000;

/** Longest step in which visits are summed up (ms): totals older than this are taken for final. */
const VISITS_FINAL_AFTER_MS = 600_000;

/** How far (ms) the place in the plan may lag behind where there is nothing to do: each write of it is one of the whole model. */
const LAZY_MS = 60_000;

/** After all keys of one due time. */
const LAST_KEY = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Forecast and plan: what is to be warmed of the copies that expire, and how the periods of those before them ended. */
export class WarmPlanner {
  constructor(
    private readonly ledger: WarmLedger,
    private readonly logger: Logger,
    private readonly options: WarmPlannerOptions,
  ) {}

  /** Decides upon each copy once, just before it expires: those that are worth most per unit of load are set aside to be warmed. */
  async decide(until: number, now: number): Promise<void> {
    let last: string | undefined = LAST_KEY;
    while (last !== undefined)
      last = await this.ledger.open({ totalsAt: now }, async (entry, state) => {
        const forecast = this.forecastOf(state);
        const visits = await countVisits(entry, state, forecast, now);
        const due = await entry.due({ at: state.decidedUntil, key: last! }, until, BATCH);
        const wasted = settleWarmed(forecast, due);
        await entry.closePeriods(wasted); // reads of their last moments, which are still on their way, come too late to say otherwise
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
        await entry.addTotals(now, { 'warm.wasted': wasted.length });
        return isWhole ? undefined : due.at(-1)!.key;
      });
  }

  /** Settles the periods of copies that expired, were not warmed, and that nobody asked for in another lifetime. */
  async settleLapsed(now: number): Promise<void> {
    const until = now - this.options.settleAfterMs;
    let last: string | undefined = LAST_KEY;
    while (last !== undefined)
      last = await this.ledger.open({ totalsAt: now }, async (entry, state) => {
        const lapsed = await entry.lapsed({ at: state.lapsedUntil, key: last! }, until, BATCH);
        const isWhole = lapsed.length < BATCH;
        if (isWhole && lapsed.length === 0 && until - state.lapsedUntil < LAZY_MS) return undefined;
        const forecast = this.forecastOf(state);
        let skipped = 0;
        for (const { demand, plan } of lapsed) {
          const period = { from: plan.dueAt, until: plan.dueAt + plan.ttlMs, warmed: false };
          if (forecast.settleUnread(storedDemand(demand), period) !== undefined) skipped += 1;
        }
        const lapsedUntil = isWhole ? Math.max(until, state.lapsedUntil) : lapsesAt(lapsed.at(-1)!.plan);
        await entry.save({ ...state, learned: forecast.store(), lapsedUntil });
        await entry.addTotals(now, { 'warm.skipped': skipped });
        return isWhole ? undefined : lapsed.at(-1)!.key;
      });
  }

  private forecastOf({ learned }: LoopState): WarmForecast {
    return learnedForecast(learned, this.options.budgetShare, (error) =>
      this.logger.error('the forecast starts over', error),
    );
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
  forecast.budget.countFirst(sinceThen.first - visitsCounted.first);
  forecast.budget.countFetch(sinceThen.again - visitsCounted.again);
  return now - visitsSince > VISITS_FINAL_AFTER_MS
    ? { visitsSince: final, visitsCounted: sinceLater }
    : { visitsSince, visitsCounted: sinceThen };
}

/** Settles the periods that were warmed and end with these copies. @returns the keys of those that nobody read */
function settleWarmed(forecast: WarmForecast, due: readonly WarmRow<PlanRow>[]): readonly PreviewKey[] {
  return due.flatMap(({ key, demand, plan }) => {
    const { period } = plan;
    if (period === undefined || !period.warmed || period.from === plan.dueAt) return [];
    return forecast.settleUnread(storedDemand(demand), period) === undefined ? [] : [key];
  });
}

/** A copy that expired long ago, as no worker was there to decide, has had its time; one that was decided upon has had its decision. */
function isOpen({ plan: { dueAt, ttlMs, period } }: WarmRow<PlanRow>, now: number): boolean {
  return period?.from !== dueAt && now - dueAt <= ttlMs / 2;
}

function candidateOf(row: WarmRow<PlanRow>): Candidate {
  const { dueAt, ttlMs, cost } = row.plan;
  return { row, dueAt, ttlMs, cost, demand: storedDemand(row.demand) };
}

function lapsesAt({ dueAt, ttlMs }: PlanRow): number {
  return dueAt + ttlMs;
}
