import { z } from 'zod';

/** A share that people write as `10%` and code reads as 0.1. */
export const percentage = z.string().transform((text, context) => {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text.trim())?.[1]);
  if (percent > 0 && percent <= 100) return percent / 100;
  context.addIssue('expected a share above zero such as 10%');
  return z.NEVER;
});
