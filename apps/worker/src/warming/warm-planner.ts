import {
  CONDITIONAL_COST,
  laterMoment,
  type WarmCandidate,
  type WarmDecision,
  type WarmForecast,
} from '#libs/forecast';
import type { PreviewKey } from '#libs/preview';
import {
  LedgerEntry,
  type LoopState,
  type PlanDecision,
  type PlanRow,
  WarmLedger,
  type WarmRow,
} from '#libs/store';
import { Logger } from '#libs/telemetry';
import { type ForecastBudgets, learnedForecast } from './learned-forecast.js';
import { storedDemand } from './stored-demand.js';
import { decidedAt, lastPeriod, periodAfter, planMoment, planPeriod, storedMoment } from './stored-plan.js';

export interface WarmPlannerOptions {
  /** Without a share of all, nothing is planned. */
  readonly budgets: ForecastBudgets;
  /** How long after a period its reads may still be handed over, in ms. */
  readonly settleAfterMs: number;
}

interface Candidate extends WarmCandidate {
  readonly row: WarmRow<PlanRow>;
}

/** Rows that are read at once: memory is bounded, however many are due. */
const BATCH = 10_000;

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

  /**
   * Decides upon each copy just before it expires, and where that is put off, just before its moment: those that are worth most per unit of load are set aside to be
   * warmed.
   */
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
        const candidates = due.map(candidateOf);
        countFetches(forecast, candidates);
        const plan = forecast.plan(
          candidates.filter(({ row }) => isOpen(row, now)),
          now,
        );
        await entry.decide([
          ...plan.filter(isToBeNoted).map((decision) => toStored(decision, until)),
          ...due.filter((row) => isLate(row, now)).flatMap((row) => putOff(row, until)),
        ]);
        const isWhole = due.length < BATCH;
        if (due.length === 0 && until - state.decidedUntil < LAZY_MS) return undefined;
        const decidedUntil = isWhole ? Math.max(until, state.decidedUntil) : decidedAt(due.at(-1)!.plan);
        await entry.save({ ...state, ...visits, learned: forecast.store(), decidedUntil });
        await entry.addTotals(now, { 'warm.wasted': wasted.length });
        return isWhole ? undefined : due.at(-1)!.key;
      });
  }

  /** Settles the periods of copies that expired, were not warmed, and that nobody asked for until they were over. */
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
          const period = periodAfter(plan);
          if (period !== undefined && forecast.settleUnread(storedDemand(demand), period) !== undefined)
            skipped += 1;
        }
        const lapsedUntil = isWhole ? Math.max(until, state.lapsedUntil) : lapsesAt(lapsed.at(-1)!.plan);
        await entry.save({ ...state, learned: forecast.store(), lapsedUntil });
        await entry.addTotals(now, { 'warm.skipped': skipped });
        return isWhole ? undefined : lapsed.at(-1)!.key;
      });
  }

  private forecastOf({ learned }: LoopState): WarmForecast {
    return learnedForecast(learned, this.options.budgets, (error) =>
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
    const period = lastPeriod(plan);
    if (period === undefined || !period.warmed || period.from >= plan.dueAt) return [];
    return forecast.settleUnread(storedDemand(demand), period) === undefined ? [] : [key];
  });
}

/**
 * Counts for their hosts the readers' misses that these copies came from: not those that were warmed, which were counted when that was planned, and not the
 * first of their pages, which are those that the ghost began with. It is a lifetime late, which a promise for each host can bear, and costs no row of its own for each visit.
 */
function countFetches(forecast: WarmForecast, expired: readonly Candidate[]): void {
  for (const { row, demand, dueAt, cost, host } of expired) {
    const { moment, period } = row.plan;
    const wasWarmed = period?.warmed === true && period.from < dueAt;
    const isFirst = demand === undefined || demand.asideUntil === dueAt;
    if (moment === undefined && !wasWarmed && !isFirst) forecast.countFetchOf(host, cost);
  }
}

/** A copy whose moment was long ago, as no worker was there to decide, has had its time; one that was decided upon has had its decision. */
function isOpen(row: WarmRow<PlanRow>, now: number): boolean {
  const { period } = row.plan;
  const isDecided = period !== undefined && period.from >= decidedAt(row.plan);
  return !isDecided && !isLate(row, now);
}

function isLate({ plan }: WarmRow<PlanRow>, now: number): boolean {
  return now - decidedAt(plan) > plan.ttlMs / 2;
}

/** One that is late still has its next moment. */
function putOff({ key, demand, plan }: WarmRow<PlanRow>, until: number): readonly PlanDecision[] {
  const moment = laterMoment(storedDemand(demand), until, plan.ttlMs);
  if (moment === undefined) return [];
  return [
    {
      key,
      version: plan.version,
      warm: undefined,
      period: undefined,
      moment: planMoment(moment, until),
    },
  ];
}

/** Written out, as spreading copies costs more than all else here. */
function candidateOf(row: WarmRow<PlanRow>): Candidate {
  const { dueAt, ttlMs, cost, host, moment: stored } = row.plan;
  const moment = stored && storedMoment(stored);
  return { row, dueAt, ttlMs, cost, host, demand: storedDemand(row.demand), moment, canWait: true };
}

/** To let a copy expire at its expiry, as most do, needs no note. */
function isToBeNoted({ candidate, warm, next }: WarmDecision<Candidate>): boolean {
  return warm || next !== undefined || candidate.moment !== undefined;
}

function toStored(
  { candidate: { row }, warm, probability, score, next, period }: WarmDecision<Candidate>,
  until: number,
): PlanDecision {
  return {
    key: row.key,
    version: row.plan.version,
    warm: warm ? { probability, score } : undefined,
    period: period && planPeriod(period),
    moment: next && planMoment(next, until),
  };
}

/** When the period after its expiry is over. */
function lapsesAt(plan: PlanRow): number {
  return periodAfter(plan)?.until ?? decidedAt(plan) + plan.ttlMs;
}
