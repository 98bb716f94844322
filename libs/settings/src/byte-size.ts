import { z } from 'zod';

const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A setting that people write as `512KiB` or `64MiB` and code reads in bytes. */
export const byteSize = z.string().transform((text, context) => {
  const match = /^(\d+)(B|KiB|MiB|GiB)$/.exec(text.trim());
  const bytes = Number(match?.[1]) * (UNIT_BYTES[match?.[2] ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  context.addIssue('expected a size above zero such as 512KiB, 64MiB or 1GiB');
  return z.NEVER;
});
