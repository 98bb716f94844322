import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { withPatience } from './patience.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Work that ends with its signal alone. */
async function endless(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

test('ends work that takes too long, whatever was collected meanwhile', async () => {
  const outer = new AbortController();
  const ended = withPatience(50, endless, outer.signal);
  collectGarbage();
  await expect(ended).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('ends when whoever is outside does, then or before', async () => {
  const outer = new AbortController();
  const ended = withPatience(60_000, endless, outer.signal);
  outer.abort(new Error('enough'));
  await expect(ended).rejects.toThrow('enough');
  await expect(withPatience(60_000, endless, outer.signal)).rejects.toThrow('enough');
});

test('gives what the work does, and lets go of whoever is outside', async () => {
  const outer = new AbortController();
  let seen: AbortSignal | undefined;
  const work = async (signal: AbortSignal) => {
    seen = signal;
    return 'done';
  };
  expect(await withPatience(60_000, work, outer.signal)).toBe('done');
  outer.abort();
  expect(seen?.aborted).toBe(false);
});
