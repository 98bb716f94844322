import { z } from 'zod';

/** What is answered to a list of pages that was taken, and what else its kind says. */
export const orderShape = <More extends z.ZodRawShape>(more: More) =>
  z.object({
    id: z.string(),
    href: z.string().describe('Where to ask how it goes.'),
    ...more,
    duplicates: z.int().describe('URLs of pages that the list had named before.'),
    rejected: z
      .array(z.object({ index: z.int(), url: z.string(), code: z.string(), message: z.string() }))
      .describe("URLs that can't name a page, with their places in the list, from 0."),
  });
