import type { MomentKind, StoredCopy, WarmMoment, WarmPeriod } from '#libs/forecast';
import type { PlanMoment, PlanPeriod, PlanRow } from '#libs/store';

/** The copy that a plan is about. */
export function storedCopy({ dueAt, ttlMs, cost, host }: PlanRow): StoredCopy {
  return { dueAt, ttlMs, cost, host };
}

/** When it is, or was, to be decided upon. */
export function decidedAt({ dueAt, moment }: PlanRow): number {
  return moment?.at ?? dueAt;
}

/** None but the planner writes kinds. */
export function storedMoment({ at, kind }: PlanMoment): WarmMoment {
  return { at, kind: kind as MomentKind };
}

/** The period that was decided upon last, or missed; it may be that of the copy before. */
export function lastPeriod({ host, period }: PlanRow): WarmPeriod | undefined {
  return period && { ...period, kind: period.kind as WarmPeriod['kind'], host };
}

/** What followed a copy's expiry: as it was decided, else a period that was not warmed; undefined as long as the decision is put off. */
export function periodAfter(plan: PlanRow): WarmPeriod | undefined {
  const { dueAt, ttlMs, host, moment, period } = plan;
  if (period !== undefined && period.from >= dueAt) return lastPeriod(plan);
  return moment === undefined ? { from: dueAt, until: dueAt + ttlMs, warmed: false, host } : undefined;
}

/** What it is stored as: in whole ms, and after a time up to which all has been decided, as it would be passed over. */
export function planMoment({ at, kind }: WarmMoment, after: number): PlanMoment {
  return { at: Math.max(Math.floor(at), after + 1), kind };
}

/** What it is stored as: in whole ms. */
export function planPeriod({ from, until, warmed, kind }: WarmPeriod): PlanPeriod {
  return { from: Math.floor(from), until: Math.floor(until), warmed, kind };
}
