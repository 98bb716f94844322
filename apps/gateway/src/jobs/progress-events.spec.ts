import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { EventStreams, MOST_STREAMS, StreamsBusy } from './event-streams.js';
import { eventId, type Progress, progressEvents } from './progress-events.js';
import { SharedLooks } from './shared-looks.js';

const OPTIONS = { lookEveryMs: 1, heartbeatMs: 60_000, longestMs: 60_000 };

const WAITING = { state: 'waiting', done: 0 };
const RUNNING = { state: 'running', done: 1 };
const FURTHER = { state: 'running', done: 2 };
const COMPLETED = { state: 'completed', done: 3 };

/** Events of something that goes from one of these to the next, each by its name, without the line that says when to come back. */
async function events(
  seen: readonly (Progress | Error | undefined)[],
  {
    lastId,
    signal = new AbortController().signal,
    options = OPTIONS,
  }: {
    readonly lastId?: string;
    readonly signal?: AbortSignal;
    readonly options?: typeof OPTIONS;
  } = {},
): Promise<readonly string[]> {
  const [first, ...later] = seen;
  const lookAgain = async () => {
    const next = later.length > 1 ? later.shift() : later[0];
    if (next instanceof Error) throw next;
    return next;
  };
  const texts: string[] = [];
  for await (const text of progressEvents(first as Progress, lookAgain, lastId, signal, options))
    texts.push(text);
  expect(texts.shift()).toBe('retry: 2000\n\n');
  return texts.map((text) => /^event: (\w+)$/m.exec(text)?.[1] ?? text);
}

describe('a stream of events', () => {
  test('tells of states, of progress between them, and of the outcome, and ends', async () => {
    expect(await events([WAITING, WAITING, RUNNING, FURTHER, FURTHER, COMPLETED])).toEqual([
      'state',
      'state',
      'progress',
      'outcome',
    ]);
  });

  test('holds all there is to know in each event, under an id', async () => {
    const signal = new AbortController().signal;
    const stream = progressEvents(COMPLETED, async () => COMPLETED, undefined, signal, OPTIONS);
    await stream.next();
    const { value } = await stream.next();
    expect(value).toBe(`id: ${eventId(COMPLETED)}\nevent: outcome\ndata: ${JSON.stringify(COMPLETED)}\n\n`);
    expect((await stream.next()).done).toBe(true);
  });

  test('does not tell again what its listener saw last', async () => {
    expect(await events([RUNNING, FURTHER, COMPLETED], { lastId: eventId(RUNNING) })).toEqual([
      'progress',
      'outcome',
    ]);
  });

  test('goes on when a look fails, and ends when there is nothing any more', async () => {
    expect(await events([WAITING, new Error('away'), RUNNING, undefined])).toEqual(['state', 'state']);
  });

  test('beats while nothing happens', async () => {
    const options = { ...OPTIONS, heartbeatMs: 0 };
    const beat = ':\n\n';
    expect(await events([WAITING, WAITING, WAITING, undefined], { options })).toEqual([
      'state',
      beat,
      beat,
      beat,
    ]);
  });

  test('ends when its time is over, or the signal says so', async () => {
    expect(await events([WAITING, WAITING], { options: { ...OPTIONS, longestMs: 20 } })).toEqual(['state']);
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 5);
    const options = { ...OPTIONS, lookEveryMs: 60_000 };
    expect(await events([WAITING, WAITING], { signal: gone.signal, options })).toEqual(['state']);
  });
});

test('streams have a bound, make room when their listener is gone, and end with the process', () => {
  const streams = new EventStreams({ onForgotten: () => undefined });
  const listeners = Array.from({ length: MOST_STREAMS }, () => new AbortController());
  const signals = listeners.map(({ signal }) => streams.enter(signal, 'a key'));
  const another = () => streams.enter(new AbortController().signal, 'a key');
  expect(another).toThrow(StreamsBusy);
  listeners[0]!.abort();
  expect(signals[0]!.aborted).toBe(true);
  const last = another();
  streams.beforeApplicationShutdown();
  expect([...signals, last].every(({ aborted }) => aborted)).toBe(true);
  expect(another).toThrow(StreamsBusy);
});

test('streams end with their key, and no others do', () => {
  let revoke: (id: string) => void = () => undefined;
  const streams = new EventStreams({ onForgotten: (listener) => (revoke = listener) });
  const gone = new AbortController().signal;
  const signals = ['one', 'other', 'one', undefined].map((keyId) => streams.enter(gone, keyId));
  revoke('one');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, true, false]);
});

test('those who look at the same thing share a look for a while', async () => {
  jest.useFakeTimers();
  let made = 0;
  const looks = new SharedLooks(async () => (made += 1), 20);
  expect(await Promise.all([looks.at('a'), looks.at('a'), looks.at('b')])).toEqual([1, 1, 2]);
  await jest.advanceTimersByTimeAsync(19);
  expect(await looks.at('a')).toBe(1);
  await jest.advanceTimersByTimeAsync(1);
  expect(await looks.at('a')).toBe(3);
});

afterEach(() => {
  jest.useRealTimers();
});
