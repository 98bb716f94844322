import {
  type DemandState,
  LearnedOdds,
  priorProbability,
  WarmBudget,
  WarmForecast,
  withReads,
} from '#libs/forecast';
import { median } from './median.js';

const NOW = Date.UTC(2026, 2, 2, 12);
const LIFETIME_MS = 300_000;
const KEYS = 50_000;
const ROUNDS = 9;

/** As many candidates as a round of the service has at a time. */
const BATCH = 10_000;

/** What one decision costs: with all that belongs to it, its probability alone, and that of a Poisson process alone. */
export async function decisions(): Promise<void> {
  const demands = Array.from({ length: KEYS }, (_, key) => aDemand(key));
  const forecast = new WarmForecast(new WarmBudget(0.1));
  const odds = new LearnedOdds();
  for (const demand of demands) odds.learn(demand, NOW, LIFETIME_MS, demand.lastReadAt % 2 === 0);
  const ways: Readonly<Record<string, () => void>> = {
    'a decision: probability, score, order, budget': () => planAll(forecast, demands),
    'its probability alone': () => demands.forEach((demand) => odds.probability(demand, NOW, LIFETIME_MS)),
    'the rate of a Poisson process alone': () =>
      demands.forEach((demand) => priorProbability(demand, NOW, LIFETIME_MS)),
  };
  const measured = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = -1; round < ROUNDS; round += 1)
    for (const [name, way] of Object.entries(ways)) {
      const before = process.cpuUsage();
      way();
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) measured.get(name)!.push((user + system) / KEYS); // the first warms up
    }
  console.log('| what | µs of CPU each, median of 9 rounds |');
  console.log('| --- | --- |');
  for (const [name, times] of measured) console.log(`| ${name} | ${median(times).toFixed(2)} |`);
}

function planAll(forecast: WarmForecast, demands: readonly DemandState[]): void {
  for (let from = 0; from < demands.length; from += BATCH) {
    const candidates = demands.slice(from, from + BATCH).map((demand) => ({
      dueAt: NOW,
      ttlMs: LIFETIME_MS,
      cost: 1,
      host: 'example.com',
      demand,
      canWait: true,
    }));
    forecast.plan(candidates, NOW);
  }
}

/** Twenty reads of a key, at intervals that differ from key to key and from read to read; always the same ones. */
function aDemand(key: number): DemandState {
  let at = NOW - 1_000;
  const times = Array.from({ length: 20 }, (_, nth) => {
    at -= 1_000 * (1 + ((key * 7_919 + nth * 104_729) % (60 * (1 + (key % 97)))));
    return at;
  }).toReversed();
  return times.reduce<DemandState | undefined>(
    (state, time) => withReads(state, { reads: 1, firstAt: time, lastAt: time }),
    undefined,
  )!;
}
