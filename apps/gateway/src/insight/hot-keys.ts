import { Injectable } from '@nestjs/common';
import { decodeDemand, type DemandState, type ExpiryOdds } from '#libs/forecast';
import { Clock, fetchCandidates } from '#libs/preview';
import { type HotPreview, HotPreviews, WarmInsight } from '#libs/store';
import { fromStore, PATIENCE_MS } from '../patient-store.js';
import { knownForecast, oddsOf } from './known-forecast.js';
import { whyExpected } from './why-expected.js';

/** A stored preview, and what is expected of it. */
export interface HotKey {
  readonly key: string;
  readonly url: string;
  /** Of at least one read within the lifetime that follows this copy's. */
  readonly probability: number;
  /** When this copy expires. */
  readonly due: string;
  /** Whether it is set aside to be warmed. */
  readonly planned: boolean;
  readonly why: string;
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
    const { state, odds } = oddsOf(knownForecast(learned));
    const keys = candidates
      .flatMap((candidate) => hotKey(candidate, odds, now))
      .toSorted((one, other) => other.probability - one.probability)
      .slice(0, limit);
    return { model: { state }, keys };
  }
}

/** @returns none where the demand is broken, or of another version: it is as if the key had never been read */
function hotKey(
  { key, url, dueAt, ttlMs, isPlanned, demand }: HotPreview,
  odds: ExpiryOdds,
  now: number,
): readonly HotKey[] {
  const state = understood(demand);
  if (state === undefined) return [];
  return [
    {
      key,
      url: fetchCandidates(url)[0] ?? url,
      probability: odds.probability(state, Math.max(dueAt, now), ttlMs),
      due: new Date(dueAt).toISOString(),
      planned: isPlanned,
      why: whyExpected(state, now),
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
