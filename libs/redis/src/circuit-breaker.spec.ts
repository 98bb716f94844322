import { beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { CircuitBreaker } from './circuit-breaker.js';

const REST = 5_000;

/** A server that is up or down, and counts how often it is asked. */
class FakeServer {
  isUp = true;
  calls = 0;

  readonly ask = async (): Promise<string> => {
    this.calls += 1;
    if (!this.isUp) throw new Error('down');
    return 'answer';
  };
}

describe('the circuit breaker', () => {
  let clock: ManualClock;
  let server: FakeServer;
  let breaker: CircuitBreaker;
  let events: string[];
  let failures: unknown[];

  const ask = (work = server.ask) => breaker.call(work, (error) => failures.push(error));
  const askTimes = async (times: number) => {
    for (let count = 0; count < times; count += 1) await ask();
  };

  beforeEach(() => {
    clock = new ManualClock();
    server = new FakeServer();
    events = [];
    failures = [];
    breaker = new CircuitBreaker({
      threshold: 3,
      restMs: REST,
      onOpen: (cause) => events.push(`open: ${(cause as Error).message}`),
      onClose: () => events.push('close'),
      now: () => clock.now(),
    });
  });

  test('hands on what the server answers', async () => {
    await expect(ask()).resolves.toBe('answer');
    expect([events, failures]).toEqual([[], []]);
  });

  test('a call that fails is an answer of undefined, and its error is reported', async () => {
    server.isUp = false;
    await expect(ask()).resolves.toBeUndefined();
    expect(failures).toEqual([new Error('down')]);
  });

  test('after so many failures in a row the server is left alone, and that is said once', async () => {
    server.isUp = false;
    await askTimes(10);
    expect(server.calls).toBe(3);
    expect(failures).toHaveLength(3);
    expect(events).toEqual(['open: down']);
  });

  test('a success in between starts the count anew', async () => {
    for (const isUp of [false, false, true, false, false]) {
      server.isUp = isUp;
      await ask();
    }
    expect([server.calls, events]).toEqual([5, []]);
  });

  test('after its rest one call tries again, and a success opens the way for all', async () => {
    server.isUp = false;
    await askTimes(3);
    server.isUp = true;
    clock.advance(REST - 1);
    await expect(ask()).resolves.toBeUndefined();
    clock.advance(1);
    await expect(ask()).resolves.toBe('answer');
    await expect(ask()).resolves.toBe('answer');
    expect([server.calls, events]).toEqual([5, ['open: down', 'close']]);
  });

  test('after a trial that fails the server rests again', async () => {
    server.isUp = false;
    await askTimes(3);
    clock.advance(REST);
    await askTimes(5);
    expect(server.calls).toBe(4);
    clock.advance(REST);
    await askTimes(5);
    expect([server.calls, events]).toEqual([5, ['open: down']]);
  });

  test('while one call tries, the others go on without waiting for it', async () => {
    server.isUp = false;
    await askTimes(3);
    clock.advance(REST);
    const { promise, resolve } = deferred<string>();
    const trial = ask(() => promise);
    await expect(Promise.all([ask(), ask()])).resolves.toEqual([undefined, undefined]);
    resolve('late answer');
    await expect(trial).resolves.toBe('late answer');
    expect([server.calls, events]).toEqual([3, ['open: down', 'close']]);
  });

  test('a trial that never ends does not keep the next one from trying', async () => {
    server.isUp = false;
    await askTimes(3);
    clock.advance(REST);
    void ask(() => new Promise(() => {}));
    server.isUp = true;
    clock.advance(REST);
    await expect(ask()).resolves.toBe('answer');
  });

  test('calls that failed together open it once, those that fail late change nothing', async () => {
    server.isUp = false;
    await Promise.all(Array.from({ length: 8 }, () => ask()));
    expect(failures).toHaveLength(8);
    expect(events).toEqual(['open: down']);
  });
});

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
