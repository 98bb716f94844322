import type { DemandChunk, KeyDemand } from '#libs/demand';
import { encodeDemand, heatOf, type WarmForecast, type WarmOutcome, type WarmPeriod } from '#libs/forecast';
import type { Clock } from '#libs/preview';
import { type DemandRow, type PlanRow, WarmLedger, type WarmRow } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { type ForecastBudgets, learnedForecast } from './learned-forecast.js';
import { storedDemand } from './stored-demand.js';
import { lastPeriod, periodAfter, storedCopy } from './stored-plan.js';

/** *known*: it was added before. *implausible*: its times are so far from ours that nothing can be told from it. */
export type RollUpResult = 'added' | 'known' | 'implausible';

/**
 * A chunk may be so late, and a gateway's clock so wrong (ms). Ids of chunks are kept for twice as long, so that one which comes again is
 * always known.
 */
export const LATEST_CHUNK_MS = 2 * 86_400_000;

/** Adds what gateways counted to the demand of each key: the warm loop's first step. */
export class RollUp {
  constructor(
    private readonly ledger: WarmLedger,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly budgets: ForecastBudgets,
  ) {}

  /** Adds a chunk once, however often it comes: its id, the demand, what is learned and the totals are written together or not at all. */
  async add(handedOver: DemandChunk): Promise<RollUpResult> {
    const now = this.clock.now();
    if (Math.abs(now - handedOver.until) > LATEST_CHUNK_MS) {
      this.logger.warn('demand of another time is left out', { until: handedOver.until });
      return 'implausible';
    }
    const chunk = notAhead(handedOver, now);
    return this.ledger.open({ totalsAt: chunk.until, chunkAt: handedOver.until }, async (entry, state) => {
      if (!(await entry.admitChunk(chunk.id, handedOver.until))) return 'known';
      const forecast = learnedForecast(state.learned, this.budgets, (error) =>
        this.logger.error('the forecast starts over', error),
      );
      const rows = await entry.rowsOf(chunk.keys.map(({ key }) => key));
      const { demand, outcomes } = countAll(forecast, chunk.keys, rows);
      await entry.saveDemand(demand);
      await entry.save({ ...state, learned: forecast.store() });
      await entry.addTotals(chunk.until, { ...named('read', chunk.totals), ...named('warm', outcomes) });
      return 'added';
    });
  }
}

/** A gateway whose clock is ahead of ours has not seen the future. */
function notAhead(chunk: DemandChunk, now: number): DemandChunk {
  const ahead = chunk.until - now;
  if (ahead <= 0) return chunk;
  return {
    ...chunk,
    from: chunk.from - ahead,
    until: now,
    keys: chunk.keys.map((seen) => ({
      ...seen,
      firstAt: seen.firstAt - ahead,
      lastAt: seen.lastAt - ahead,
    })),
  };
}

function countAll(
  forecast: WarmForecast,
  keys: readonly KeyDemand[],
  rows: readonly WarmRow[],
): { readonly demand: readonly DemandRow[]; readonly outcomes: Record<string, number> } {
  const rowOf = new Map(rows.map((row) => [row.key, row]));
  const outcomes: Partial<Record<WarmOutcome, number>> = {};
  const demand = keys.map(({ key, reads, error, firstAt, lastAt }) => {
    const { demand: stored, plan } = rowOf.get(key) ?? { demand: undefined, plan: undefined };
    const counted = forecast.countReads(
      storedDemand(stored),
      { reads: reads - error, firstAt, lastAt }, // the rest may be another key's
      plan && periodAt(plan, lastAt),
      plan && storedCopy(plan),
    );
    if (counted.outcome !== undefined) outcomes[counted.outcome] = (outcomes[counted.outcome] ?? 0) + 1;
    return {
      key,
      lastReadAt: counted.demand.lastReadAt,
      heat: heatOf(counted.demand),
      state: encodeDemand(counted.demand),
    };
  });
  return { demand, outcomes };
}

/** The period that reads up to `lastAt` may settle: the one that was decided upon, or that of a copy which has expired since. */
function periodAt(plan: PlanRow, lastAt: number): WarmPeriod | undefined {
  return plan.dueAt > lastAt ? lastPeriod(plan) : periodAfter(plan);
}

function named(group: string, totals: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(totals).map(([name, amount]) => [`${group}.${name}`, amount]));
}
