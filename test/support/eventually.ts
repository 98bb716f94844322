import { setTimeout as pause } from 'node:timers/promises';

/** Time between two looks, in ms. */
const BETWEEN_MS = 20;

/** Looks until what is seen is as wished, and gives it; the test's own limit bounds the wait. */
export async function eventually<T>(look: () => Promise<T>, isWished: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (isWished(seen)) return seen;
    await pause(BETWEEN_MS);
  }
}
