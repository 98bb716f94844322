import { z } from 'zod';
import { optionDurationMs } from './option-duration.js';

/** A repeated parameter arrives as a list; the last one counts, as in most servers. */
export const textOption = z.union([z.string(), z.array(z.string()).transform((all) => all.at(-1) ?? '')]);

/** The same in a body, where a number is one of ms. */
export const textOrNumber = z.union([z.string(), z.number().transform(String)]);

/** An option that is a duration, in ms. */
export function durationOption(
  what: string,
  minMs: number,
  maxMs: number,
  text: typeof textOption | typeof textOrNumber = textOption,
) {
  return z.pipe(text, z.string()).transform((value, context) => {
    const ms = optionDurationMs(value);
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    context.addIssue(
      `${what} must be a duration such as 90s, 1h or 1d, or a number of milliseconds, within its bounds`,
    );
    return z.NEVER;
  });
}
