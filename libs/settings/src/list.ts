import { z } from 'zod';

/** A list written with commas; spaces around an item don't count, and nothing at all is an empty list. */
export const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
