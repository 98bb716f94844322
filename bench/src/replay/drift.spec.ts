import { describe, expect, test } from '@jest/globals';
import { exponential, seededRandom } from '../content-change.js';
import type { Trace, TraceRead } from '../trace.js';
import { replayFixed } from './known-policies.js';
import { STILL_ORIGIN } from './origin.js';
import type { Tally } from './tally.js';
import { WarmlinkStrategy } from './warmlink.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TTL = 5 * MINUTE;
const START = Date.UTC(2026, 0, 5);

type Counts = Pick<Tally, 'reads' | 'fresh' | 'fetches'>;

/** Intervals (ms) at which a key is read. */
type Gaps = (random: () => number) => number;

const atRandom =
  (meanMs: number): Gaps =>
  (random) =>
    exponential(meanMs, random);

/** Four reads within some minutes, and then none for the best part of two hours. */
const inBursts: Gaps = (random) => exponential(random() < 0.75 ? 1.5 * MINUTE : 110 * MINUTE, random);

const polled: Gaps = (random) => 12 * MINUTE * (0.95 + 0.1 * random());

const SILENT: Gaps = () => Infinity;

interface Kind {
  readonly name: string;
  readonly keys: number;
  readonly before: Gaps;
  readonly after: Gaps;
}

const KINDS: readonly Kind[] = [
  { name: 'bursty, then polled', keys: 40, before: inBursts, after: polled },
  { name: 'popular, then silent', keys: 20, before: atRandom(2 * MINUTE), after: SILENT },
  { name: 'quiet, then popular', keys: 20, before: atRandom(90 * MINUTE), after: atRandom(3 * MINUTE) },
  { name: 'as ever', keys: 40, before: atRandom(15 * MINUTE), after: atRandom(15 * MINUTE) },
];

/** The trace of `forMs` in which all keys behave as they do before or after the change. */
function aTrace(when: 'before' | 'after', from: number, forMs: number): Trace {
  const reads: TraceRead[] = [];
  for (const kind of KINDS)
    for (let number = 0; number < kind.keys; number += 1) {
      const random = seededRandom(`${when} ${kind.name} ${number}`);
      for (let at = from + random() * kind[when](random); at < from + forMs; at += kind[when](random))
        reads.push({ at: Math.floor(at), key: `${kind.name} ${number}` });
    }
  return { reads: reads.toSorted((one, other) => one.at - other.at), brokenLines: 0, unsortedLines: 0 };
}

const both = (one: Trace, other: Trace): Trace => ({ ...one, reads: [...one.reads, ...other.reads] });

const aside = (trace: Trace) =>
  replayFixed(trace, STILL_ORIGIN, { ttlMs: TTL, graceMs: 0, refreshAhead: false });

/** What became of all reads so far, when a replay has gone on with these. */
function tallyAfter(strategy: WarmlinkStrategy, trace: Trace): Counts {
  const { reads, fresh, fetches } = strategy.replay(trace);
  return { reads, fresh, fetches };
}

/** The share of fresh reads between two tallies of one replay. */
const freshBetween = (one: Counts, other: Counts) => (other.fresh - one.fresh) / (other.reads - one.reads);

describe('demand that becomes another', () => {
  const CHANGE = START + 6 * HOUR;
  /** Twenty-five intervals of what is polled now: a key's own past has to fade before it is seen to have a beat. */
  const SETTLED = CHANGE + 5 * HOUR;
  const before = aTrace('before', START, 6 * HOUR);
  const after = aTrace('after', CHANGE, 9 * HOUR);
  const until = (at: number): Trace => ({ ...after, reads: after.reads.filter((read) => read.at < at) });
  const since = (at: number): Trace => ({ ...after, reads: after.reads.filter((read) => read.at >= at) });

  const aStrategy = () =>
    new WarmlinkStrategy(STILL_ORIGIN, {
      lifetimes: { ttlMs: TTL, graceMs: TTL },
      budgetShare: 0.1,
      windowMs: 10_000,
    });
  const changed = aStrategy();
  const atChange = tallyAfter(changed, before);
  const atSettled = tallyAfter(changed, until(SETTLED));
  const atEnd = tallyAfter(changed, since(SETTLED));

  test('is foreseen as well after five hours as by who never saw anything else', () => {
    const newcomer = aStrategy();
    const newcomerAtSettled = tallyAfter(newcomer, until(SETTLED));
    const settled = freshBetween(newcomerAtSettled, tallyAfter(newcomer, since(SETTLED)));
    expect(settled).toBeGreaterThan(0.65); // of which cache-aside has little more than half
    expect(freshBetween(atSettled, atEnd)).toBeGreaterThan(settled - 0.02);
  });

  test('is served better meanwhile than by cache-aside, and within the budget', () => {
    const [asideAtChange, asideAtSettled] = [aside(before), aside(both(before, until(SETTLED)))];
    expect(freshBetween(atChange, atSettled)).toBeGreaterThan(
      freshBetween(asideAtChange, asideAtSettled) + 0.1,
    );
    expect(atSettled.fetches / asideAtSettled.fetches).toBeLessThanOrEqual(1.105);
    expect(atEnd.fetches / aside(both(before, after)).fetches).toBeLessThanOrEqual(1.105);
  });
});
