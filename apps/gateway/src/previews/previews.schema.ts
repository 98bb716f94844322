import { z } from 'zod';
import { FIELDS } from './preview-body.js';
import { durationOption, textOption } from './query-options.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const flag = textOption.transform((value) => value === 'true' || value === '1' || value === '');

const options = z
  .object({
    // Of two pages that are asked for at once neither is the one.
    url: z.union([z.string(), z.array(z.string()).transform(() => '')]).default(''),
    force: flag.default(false),
    wait: durationOption('wait', 0, DAY_MS).optional(),
    ttl: durationOption('ttl', MINUTE_MS, 31 * DAY_MS).optional(),
    staleTtl: durationOption('staleTtl', 0, 31 * DAY_MS).optional(),
    filter: textOption.transform(fieldNames).optional(),
    meta: textOption.transform((value) => value !== 'false').default(true),
    iframe: flag.default(false),
    palette: flag.default(false),
  })
  .catchall(z.unknown())
  .superRefine(({ ttl, staleTtl }, context) => {
    if (ttl !== undefined && staleTtl !== undefined && staleTtl > ttl) {
      context.addIssue({
        code: 'custom',
        path: ['staleTtl'],
        message: 'staleTtl must not be longer than ttl',
      });
    }
  })
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
