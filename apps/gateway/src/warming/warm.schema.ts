import { z } from 'zod';

/** Most pages of one list. */
export const MAX_PAGES = 10_000;

/** A smaller number is one of seconds: all of a list would be visited at once. In ms since the epoch. */
const FIRST_AT = Date.UTC(2000, 0);

const AT =
  'at must be a time such as 2026-03-02T09:30:00Z or 2026-03-02T09:30+01:00, or a number of milliseconds since the epoch';

/** ISO-8601 with its offset, to the minute or finer; without one it would be a time that depends on where the server stands. */
const isoTime = z
  .union([z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })])
  .transform((text) => Date.parse(text));

/** The list of pages, and by when they are to be warm (ms since the epoch; undefined: at once). A URL that can't name a page costs itself alone. */
export const warmBody = z.strictObject({
  urls: z
    .array(z.string('urls must be a list of texts'), 'urls must be a list')
    .min(1, 'urls must name at least one page')
    .max(MAX_PAGES, `urls must not name more than ${MAX_PAGES} pages`),
  at: z.union([z.int({ error: AT }).min(FIRST_AT, AT), isoTime], AT).optional(),
});

export type WarmBody = z.output<typeof warmBody>;
