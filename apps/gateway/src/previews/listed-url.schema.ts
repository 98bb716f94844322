import { z } from 'zod';

/**
 * A URL in a list. What isn't a text (a `null` where a link was missing, a number) costs itself alone, as any other entry that names no page: it goes on as a
 * text that is no URL, and is shown by that.
 */
export const listedUrl = z.preprocess(shownAsText, z.string());

/** Never a URL, and never long: what is nested is not written out. */
function shownAsText(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry)) return '[…]';
  return typeof entry === 'object' && entry !== null ? '{…}' : String(entry);
}
