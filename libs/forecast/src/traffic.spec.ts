import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { exponential, seededRandom } from '../../../bench/src/content-change.js';
import { type Traffic, TrafficHistory, UNKNOWN_TRAFFIC } from './traffic.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2024, 0, 1);

/** A read every so often (ms), from one time to another. */
function read(history: TrafficHistory, everyMs: number, from: number, until: number): void {
  for (let at = from; at < until; at += everyMs) history.count(1, at);
}

function steady(): TrafficHistory {
  const history = new TrafficHistory();
  read(history, SECOND, START, START + DAY);
  return history;
}

const close = (one: Traffic, other: Traffic) =>
  Math.abs(one.silence - other.silence) <= 0.0051 &&
  one.trends.every((trend, index) => Math.abs(trend - other.trends[index]!) <= 0.0051);

describe('traffic', () => {
  test('is unknown before the first read', () => {
    expect(new TrafficHistory().now(START)).toEqual(UNKNOWN_TRAFFIC);
    expect(new TrafficHistory().at(START)).toEqual(UNKNOWN_TRAFFIC);
  });

  test('has no trend where it is steady, as time is what it is measured in', () => {
    const { trends, silence } = steady().now(START + DAY);
    for (const trend of trends) expect(Math.abs(trend)).toBeLessThan(0.1);
    expect(silence).toBeLessThanOrEqual(1);
  });

  test('that quadruples is seen first in the minutes, then in the hours', () => {
    const history = steady();
    read(history, SECOND / 4, START + DAY, START + DAY + 2 * MINUTE);
    const soon = history.now(START + DAY + 2 * MINUTE).trends;
    expect(soon[0]).toBeGreaterThan(1);
    expect(soon[2]).toBeLessThan(0.3);
    read(history, SECOND / 4, START + DAY + 2 * MINUTE, START + DAY + 2 * HOUR);
    const later = history.now(START + DAY + 2 * HOUR).trends;
    expect(Math.abs(later[0])).toBeLessThan(0.1);
    expect(later[2]).toBeGreaterThan(0.7);
  });

  test('falls silent by the seconds since the last read of any key, and its trends with it', () => {
    const history = steady();
    expect(history.now(history.lastReadAt + 63 * SECOND).silence).toBeCloseTo(6);
    expect(history.now(history.lastReadAt + 10 * MINUTE).trends[0]).toBeLessThan(-3);
  });

  test('is not turned back by reads that are handed over late', () => {
    const [history, inTime] = [steady(), steady()];
    const { lastReadAt } = history;
    history.count(5, lastReadAt - HOUR);
    inTime.count(5, lastReadAt);
    expect(history.lastReadAt).toBe(lastReadAt);
    expect(history.now(lastReadAt + MINUTE)).toEqual(inTime.now(lastReadAt + MINUTE));
  });
});

describe('traffic as it was', () => {
  /** Five weeks of reads that come and go with the day, and what was known before each of them. */
  const history = new TrafficHistory();
  const known: { readonly at: number; readonly traffic: Traffic }[] = [];
  const random = seededRandom('five weeks');
  const end = START + 35 * DAY;
  for (let at = START; at < end;) {
    known.push({ at, traffic: history.now(at) });
    history.count(1 + Math.floor(3 * random()), at);
    const byDay = 1 + 0.9 * Math.sin((2 * Math.PI * at) / DAY);
    at += Math.ceil(exponential((2 * MINUTE) / byDay, random));
  }

  test('is told by what was known then and no later, up to 31 days ago, the less exactly the longer ago', () => {
    fc.assert(
      fc.property(fc.double({ min: Math.log(SECOND), max: Math.log(31 * DAY), noNaN: true }), (logAge) => {
        const [age, time] = [Math.exp(logAge), history.lastReadAt - Math.exp(logAge)];
        const about = known.filter(({ at }) => at <= time && at >= time - age / 4 - 30 * MINUTE); // nights are quiet
        const told = history.at(time);
        expect(about.some(({ traffic }) => close(traffic, told))).toBe(true);
      }),
    );
  });

  test('takes some two hundred moments, whatever was read, and forgets those before the last that is older', () => {
    const { samples } = history.store();
    expect(samples.length).toBeLessThan(250);
    expect(samples[0]![0]).toBeLessThan(end - 31 * DAY);
    expect(samples[1]![0]).toBeGreaterThan(end - 32 * DAY);
  });

  test('is what it was after a round trip through JSON', () => {
    const restored = TrafficHistory.from(JSON.parse(JSON.stringify(history.store())));
    expect(restored.store()).toEqual(history.store());
    for (const ago of [0, MINUTE, HOUR, 10 * DAY])
      expect(restored.at(end - ago)).toEqual(history.at(end - ago));
    const unread = TrafficHistory.from(JSON.parse(JSON.stringify(new TrafficHistory().store())));
    unread.count(1, START);
    expect(unread.lastReadAt).toBe(START);
  });

  const stored = history.store();
  test.each([
    ['nothing', null],
    ['without the last read', { ...stored, lastReadAt: undefined }],
    ['with another number of windows', { ...stored, reads: [1, 2, 3] }],
    ['with a moment of another form', { ...stored, samples: [[START, 0, 0, 0]] }],
    ['with a moment that JSON could not hold', { ...stored, samples: [[START, 0, 0, 0, null]] }],
  ])('is refused if it is %s', (_, broken) => {
    expect(() => TrafficHistory.from(broken)).toThrow('broken');
  });
});
