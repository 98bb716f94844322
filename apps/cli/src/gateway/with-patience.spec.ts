import { describe, expect, test } from '@jest/globals';
import { GatewayAway, GatewayRefused } from './gateway-failure.js';
import { withPatience } from './with-patience.js';

const never = new AbortController().signal;
const refused = (status: number, retryAfterMs?: number) =>
  new GatewayRefused(status, 'EBUSY', 'No.', undefined, retryAfterMs);

/** A call that fails with these first. */
function failing(...errors: readonly Error[]) {
  const calls = { made: 0 };
  const call = async () => {
    const error = errors[calls.made];
    calls.made += 1;
    if (error !== undefined) throw error;
    return 'done';
  };
  return { call, calls };
}

describe('patience', () => {
  test('tries again after the pause that the gateway asks for', async () => {
    const { call, calls } = failing(refused(503, 0), refused(429, 1));
    const pauses: number[] = [];
    expect(await withPatience(call, never, { onPause: (pauseMs) => pauses.push(pauseMs) })).toBe('done');
    expect({ made: calls.made, pauses }).toEqual({ made: 3, pauses: [0, 1] });
  });

  test.each([400, 401, 403, 404, 413, 500])('does not ask again after %d', async (status) => {
    const { call, calls } = failing(refused(status, 0));
    await expect(withPatience(call, never)).rejects.toThrow(GatewayRefused);
    expect(calls.made).toBe(1);
  });

  test('has an end, and waits for nothing that lies beyond it', async () => {
    const { call, calls } = failing(new GatewayAway('http://a', new Error('gone')), refused(429, 60_000));
    await expect(withPatience(call, never, { patienceMs: 5_000 })).rejects.toThrow('EBUSY');
    expect(calls.made).toBe(2);
  });

  test('is over when somebody interrupts', async () => {
    const controller = new AbortController();
    const { call } = failing(refused(429, 60_000));
    const waiting = withPatience(call, controller.signal, {
      onPause: () => setImmediate(() => controller.abort()),
    });
    await expect(waiting).rejects.toThrow(/abort/);
  });
});
