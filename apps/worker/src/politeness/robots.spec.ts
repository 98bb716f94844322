import { beforeEach, describe, expect, test } from '@jest/globals';
import { canonicalUrl } from '#libs/preview';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import { Robots, type RobotsScope } from './robots.js';
import type { RobotsFetcher, RobotsFile } from './robots-fetcher.js';
import type { FoundRobots, SharedRobots } from './shared-robots.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const url = canonicalUrl('https://example.com/page');
const CLOSED: RobotsFile = { kind: 'rules', text: 'User-agent: *\nDisallow: /' };

/** Sites by origin; those that it doesn't know can't be reached. */
class FakeFetcher implements Pick<RobotsFetcher, 'fetch'> {
  readonly files = new Map<string, RobotsFile>();
  readonly asked: string[] = [];

  fetch(origin: string): Promise<RobotsFile> {
    this.asked.push(origin);
    const file = this.files.get(origin);
    return file === undefined
      ? Promise.reject(new FetchFailed('EUNREACHABLE', 'Nobody there.'))
      : Promise.resolve(file);
  }
}

class FakeShared implements Pick<SharedRobots, 'find' | 'put'> {
  readonly held = new Map<string, FoundRobots>();

  find(origin: string): Promise<FoundRobots | undefined> {
    return Promise.resolve(this.held.get(origin));
  }

  put(origin: string, found: FoundRobots): Promise<void> {
    this.held.set(origin, found);
    return Promise.resolve();
  }
}

let fetcher: FakeFetcher;
let shared: FakeShared;
let clock: ManualClock;

beforeEach(() => {
  [fetcher, shared, clock] = [new FakeFetcher(), new FakeShared(), new ManualClock()];
});

function aWorker(scope: RobotsScope = 'background'): Robots {
  return new Robots(fetcher, shared, clock, { scope, robot: 'Warmlink' });
}

const isAllowed = async (robots: Robots, isAwaited = false) => {
  const ruling = await robots.ruling(url, isAwaited);
  return ruling.kind === 'ruling' && ruling.isAllowed;
};

describe('robots.txt', () => {
  test.each([
    ['rules', CLOSED, false],
    ['none', { kind: 'none' } as const, true],
    ['a fault', { kind: 'fault' } as const, false],
  ])('with %s', async (_what, file, allowed) => {
    fetcher.files.set('https://example.com', file);
    expect(await isAllowed(aWorker())).toBe(allowed);
  });

  test.each([
    ['background', false, true],
    ['background', true, false],
    ['all', true, true],
    ['ignore', false, false],
  ] as const)('of scope %s, awaited %s: asked for %s', async (scope, isAwaited, isAsked) => {
    fetcher.files.set('https://example.com', CLOSED);
    expect(await isAllowed(aWorker(scope), isAwaited)).toBe(!isAsked);
    expect(fetcher.asked).toHaveLength(isAsked ? 1 : 0);
  });

  test.each([
    ['rules', CLOSED, DAY],
    ['none', { kind: 'none' } as const, 60 * MINUTE],
    ['a fault', { kind: 'fault' } as const, 5 * MINUTE],
  ])('with %s is asked for again when its time is over', async (_what, file, keepMs) => {
    fetcher.files.set('https://example.com', file);
    const robots = aWorker();
    await robots.ruling(url, false);
    clock.advance(keepMs - 1);
    await robots.ruling(url, false);
    expect(fetcher.asked).toHaveLength(1);
    clock.advance(1);
    await robots.ruling(url, false);
    expect(fetcher.asked).toHaveLength(2);
  });

  test('is fetched once for any number of pages at once, and once for all workers', async () => {
    fetcher.files.set('https://example.com', CLOSED);
    const robots = aWorker();
    await Promise.all(Array.from({ length: 20 }, () => robots.ruling(url, false)));
    expect(await isAllowed(aWorker())).toBe(false);
    expect(fetcher.asked).toEqual(['https://example.com']);
  });

  test('is that of the first origin which can be reached', async () => {
    fetcher.files.set('http://example.com', CLOSED);
    expect(await isAllowed(aWorker())).toBe(false);
    expect(fetcher.asked).toEqual(['https://example.com', 'https://www.example.com', 'http://example.com']);
  });

  test('of nobody who can be reached is the failure that a visit would be, and is not remembered', async () => {
    const robots = aWorker();
    expect(await robots.ruling(url, false)).toMatchObject({
      kind: 'failure',
      fetchUrl: 'https://example.com/page',
      outcome: { code: 'EUNREACHABLE' },
    });
    fetcher.files.set('https://example.com', { kind: 'none' });
    expect(await isAllowed(robots)).toBe(true);
  });
});
