import { z } from 'zod';
import { FIELDS, LONGEST_URL } from '#libs/preview';
import { listedUrl } from './listed-url.schema.js';
import { LONGEST_TTL_MS, LONGEST_WAIT_MS, SHORTEST_TTL_MS, staleTtlFits } from './previews.schema.js';
import { durationOption, textOrNumber } from './query-options.js';

/** Most URLs of one batch. */
export const MAX_URLS = 1_000;

/** Room for so many of the longest URLs, in bytes, and for what stands between them and beside. */
export const BATCH_LIMIT = MAX_URLS * (LONGEST_URL + 64);

/** A batch of reads: the URLs, and what a single read has in its query, for all of them. `wait`, `ttl` and `staleTtl` come out in ms. */
export const previewsBody = z
  .strictObject({
    urls: z
      .array(listedUrl, 'urls must be a list')
      .min(1, 'urls must name at least one page')
      .max(MAX_URLS, `urls must not name more than ${MAX_URLS} pages`),
    wait: durationOption('wait', 0, LONGEST_WAIT_MS, textOrNumber).optional(),
    ttl: durationOption('ttl', SHORTEST_TTL_MS, LONGEST_TTL_MS, textOrNumber).optional(),
    staleTtl: durationOption('staleTtl', 0, LONGEST_TTL_MS, textOrNumber).optional(),
    /** The fields to show. */
    filter: z.array(z.enum(FIELDS, 'filter must name fields of a preview')).optional(),
    /** `false` leaves `url` alone. */
    meta: z.boolean('meta must be true or false').default(true),
    iframe: z.boolean('iframe must be true or false').default(false),
    palette: z.boolean('palette must be true or false').default(false),
  })
  .superRefine(staleTtlFits)
  .transform(({ urls, wait, ttl, staleTtl, filter, meta, iframe, palette }) => ({
    urls,
    waitMs: wait,
    limits: { ttlMs: ttl, staleTtlMs: staleTtl },
    projection: {
      fields: filter === undefined || filter.length === 0 ? undefined : filter,
      meta,
      without: [],
      iframe,
      palette,
      provenance: false,
    },
  }));

export type PreviewsBody = z.output<typeof previewsBody>;
