import { Injectable } from '@nestjs/common';
import {
  decodeDemand,
  type DemandState,
  type MomentKind,
  type Reason,
  type WarmForecast,
} from '#libs/forecast';
import { Clock, fetchCandidates } from '#libs/preview';
import { type HotPreview, HotPreviews, WarmInsight } from '#libs/store';
import { fromStore, PATIENCE_MS } from '../patient-store.js';
import { forecastOf, knownForecast } from './known-forecast.js';
import { whyExpected } from './why-expected.js';

/** A stored preview, and what is expected of it. */
export interface HotKey {
  readonly key: string;
  readonly url: string;
  /** Of at least one read within the lifetime that follows the moment of the decision. */
  readonly probability: number;
  /** When this copy expires. */
  readonly due: string;
  /** When, and on what grounds, it is decided whether to renew it: at its expiry, or just before it is read by its *beat* or *wakes* up. */
  readonly decided: { readonly at: string; readonly kind: MomentKind };
  /** Whether it is set aside to be warmed. */
  readonly planned: boolean;
  readonly why: string;
  /** What moved the probability from what its rates alone come to, the weightiest first. */
  readonly reasons: readonly Reason[];
}

/** Heat orders the candidates well enough, and can be had from Postgres; among so many for each that is asked for, the forecast decides. */
const CANDIDATES_PER_KEY = 4;

/** What is expected to be read next, and why. */
@Injectable()
export class HotKeys {
  constructor(
    private readonly hot: HotPreviews,
    private readonly insight: WarmInsight,
    private readonly clock: Clock,
  ) {}

  /** @throws {StoresUnavailable} */
  async expected(limit: number) {
    const now = this.clock.now();
    const [{ learned }, candidates] = await Promise.all([
      fromStore(this.insight.forecast(), 'reading the forecast'),
      fromStore(this.hot.hottest(now, CANDIDATES_PER_KEY * limit, PATIENCE_MS), 'reading hot previews'),
    ]);
    const { state, forecast } = forecastOf(knownForecast(learned));
    const keys = candidates
      .flatMap((candidate) => hotKey(candidate, forecast, now))
      .toSorted((one, other) => other.probability - one.probability)
      .slice(0, limit);
    return { model: { state }, keys };
  }
}

/** @returns none where the demand is broken, or of another version: it is as if the key had never been read */
function hotKey(
  { key, url, demand: stored, moment, isPlanned, ...copy }: HotPreview,
  forecast: WarmForecast,
  now: number,
): readonly HotKey[] {
  const demand = understood(stored);
  if (demand === undefined) return [];
  const { at, kind, probability, reasons, rhythm } = forecast.outlook(
    // None but the workers' forecast writes kinds.
    { ...copy, demand, moment: moment && { ...moment, kind: moment.kind as MomentKind } },
    now,
  );
  return [
    {
      key,
      url: fetchCandidates(url)[0] ?? url,
      probability,
      due: new Date(copy.dueAt).toISOString(),
      decided: { at: new Date(at).toISOString(), kind },
      planned: isPlanned,
      why: [rhythm, whyExpected(demand, now)].filter(Boolean).join(' '),
      reasons,
    },
  ];
}

function understood(demand: Uint8Array): DemandState | undefined {
  try {
    return decodeDemand(demand);
  } catch {
    return undefined;
  }
}
