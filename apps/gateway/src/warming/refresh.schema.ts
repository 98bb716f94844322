import { z } from 'zod';
import { hostName, tagName, urlName } from '../previews/named-scope.schema.js';
import { pageList } from './warm.schema.js';

/** What is to be visited again: exactly one of a page, a list of them, and all that is stored of a host or has a tag. */
export const refreshBody = z.union(
  [
    z.strictObject({ url: urlName }),
    z.strictObject({ urls: pageList }),
    z.strictObject({ host: hostName }),
    z.strictObject({ tag: tagName }),
  ],
  'expected exactly one of url, urls, host and tag',
);

export type RefreshBody = z.output<typeof refreshBody>;
