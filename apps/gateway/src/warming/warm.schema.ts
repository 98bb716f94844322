import { z } from 'zod';
import { listedUrl } from '../previews/listed-url.schema.js';
import { tagList } from '../previews/named-scope.schema.js';

/** Room for 10,000 URLs of a thousand characters and more, in bytes. */
export const LIST_LIMIT = 16 * 1024 * 1024;

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

/** Pages, by their URLs. One that can't name a page costs itself alone. */
export const pageList = z
  .array(listedUrl, 'urls must be a list')
  .min(1, 'urls must name at least one page')
  .max(MAX_PAGES, `urls must not name more than ${MAX_PAGES} pages`);

/** The list of pages, and by when they are to be warm (ms since the epoch; undefined: at once); and tags for them. */
export const warmBody = z.strictObject({
  urls: pageList.describe('The pages.'),
  at: z
    .union([z.int({ error: AT }).min(FIRST_AT, AT), isoTime], AT)
    .optional()
    .describe(
      'By when they are to be warm: ISO 8601 with its offset, or ms since the epoch; at most 30 days ahead. Without it they are visited at once.',
    ),
  tags: tagList
    .default([])
    .describe('Names by which the pages can be refreshed and purged together from then on.'),
});

export type WarmBody = z.output<typeof warmBody>;
