import { z } from 'zod';
import { hostName, tagName, urlName } from './named-scope.schema.js';

/** Exactly one of url, host and tag: a purge by two would leave open which of both is meant. */
export const purgeQuery = z.union(
  [
    z.strictObject({ url: urlName.describe('A page.') }),
    z.strictObject({ host: hostName }),
    z.strictObject({ tag: tagName.describe('All pages with a tag.') }),
  ],
  'expected exactly one of url, host and tag',
);

export type PurgeQuery = z.output<typeof purgeQuery>;
