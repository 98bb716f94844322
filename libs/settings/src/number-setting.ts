import { z } from 'zod';

/** A whole number from `min` to `max`, written in digits. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected a whole number from ${min} to ${max}`);
}

/** A TCP port; 0 lets the system choose. */
export const port = wholeNumber(0, 65_535);
