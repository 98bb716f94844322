import { z } from 'zod';
import { FIELDS } from '#libs/preview';
import { durationOption, textOption } from './query-options.js';

const DAY_MS = 86_400_000;

/** Bounds of what callers may ask for, in ms; what waits for longer than a gateway does is cut by it. */
export const LONGEST_WAIT_MS = DAY_MS;
export const SHORTEST_TTL_MS = 60_000;
export const LONGEST_TTL_MS = 31 * DAY_MS;

const flag = textOption.transform((value) => value === 'true' || value === '1' || value === '');

const options = z
  .object({
    // Of two pages that are asked for at once neither is the one.
    url: z
      .union([z.string(), z.array(z.string()).transform(() => '')])
      .default('')
      .describe('The page: an absolute http(s) URL without a user, of at most 4,096 characters.'),
    force: flag
      .default(false)
      .describe('`true`: visit the page now, whatever is there. Needs the role writer.'),
    wait: durationOption('wait', 0, LONGEST_WAIT_MS)
      .optional()
      .describe('Wait no longer than this for a scrape (`2s`), then answer 202.'),
    ttl: durationOption('ttl', SHORTEST_TTL_MS, LONGEST_TTL_MS)
      .optional()
      .describe('A preview older than this (`1h`; 1 minute to 31 days) is refreshed before the answer.'),
    staleTtl: durationOption('staleTtl', 0, LONGEST_TTL_MS)
      .optional()
      .describe('One older than this (`10m`) is answered, and refreshed behind; no longer than `ttl`.'),
    filter: textOption
      .transform(fieldNames)
      .optional()
      .describe('The fields of `data` to show, with commas between them.'),
    meta: textOption
      .transform((value) => value !== 'false')
      .default(true)
      .describe(
        '`false` leaves the address alone; `meta.<field>=false` leaves out a field; `meta.provenance=true` tells by which rule each was found.',
      ),
    iframe: flag.default(false).describe('`true`: give what the provider of the page has to embed.'),
    palette: flag.default(false).describe('`true`: tell the colours of pictures.'),
  })
  .catchall(z.unknown())
  .superRefine(staleTtlFits)
  .transform(({ url, force, wait, ttl, staleTtl, filter, meta, iframe, palette, ...others }) => ({
    url,
    force,
    waitMs: wait,
    limits: { ttlMs: ttl, staleTtlMs: staleTtl },
    projection: {
      fields: filter,
      meta,
      /** Fields that `meta.<field>=false` leaves out. */
      without: FIELDS.filter((field) => others[`meta.${field}`] === 'false'),
      iframe,
      palette,
      provenance: others['meta.provenance'] === 'true',
    },
  }));

/**
 * Query of a read, in camelCase or snake_case. What Warmlink doesn't know (`screenshot`, `pdf`, `iframe.maxWidth` …) is ignored, as the contract's clients expect.
 */
export const previewQuery = z.preprocess(inCamelCase, options);

export type PreviewQuery = z.output<typeof previewQuery>;

/** A copy that is old enough to be refreshed first is never answered and refreshed behind. */
export function staleTtlFits(
  { ttl, staleTtl }: { readonly ttl?: number | undefined; readonly staleTtl?: number | undefined },
  context: z.RefinementCtx,
): void {
  if (ttl !== undefined && staleTtl !== undefined && staleTtl > ttl) {
    context.addIssue({
      code: 'custom',
      path: ['staleTtl'],
      message: 'staleTtl must not be longer than ttl',
    });
  }
}

/** `url,title` as a list; an empty one chooses nothing, and so everything stays. */
function fieldNames(list: string): readonly string[] | undefined {
  const names = list.split(',').map((name) => name.trim());
  return names.some((name) => name !== '') ? names : undefined;
}

function inCamelCase(query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return query;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
