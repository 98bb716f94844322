import { z } from 'zod';

const name = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^\P{Cc}+$/u, 'must not have control characters');

/** Exactly one of url, host and tag: a purge by two would leave open which of both is meant. */
export const purgeQuery = z.union(
  [
    z.strictObject({ url: name }),
    z.strictObject({ host: name.regex(/^[^/\\?#@\s]+$/) }),
    z.strictObject({ tag: name }),
  ],
  'expected exactly one of url, host and tag',
);

export type PurgeQuery = z.output<typeof purgeQuery>;
