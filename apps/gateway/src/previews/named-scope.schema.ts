import { z } from 'zod';

/** Most tags that a list may be ordered with, and the longest of them in characters: they go into the headers of answers. */
const MOST_TAGS = 16;
const LONGEST_TAG = 64;

const name = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^\P{Cc}+$/u, 'must not have control characters');

/** The names by which previews are purged and refreshed. */
export const urlName = name;
export const hostName = name
  .regex(/^[^/\\?#@\s]+$/)
  .describe(
    'All pages that are stored of a host, as their URLs have it: with its port (`example.com:8080`), unless that is the usual one of http or https. Names below it are hosts of their own, but for the usual `www.`.',
  );
export const tagName = name;

/** Tags that previews are to have. */
export const tagList = z
  .array(
    tagName.max(LONGEST_TAG, `a tag must not be longer than ${LONGEST_TAG} characters`),
    'tags must be a list of texts',
  )
  .max(MOST_TAGS, `tags must not be more than ${MOST_TAGS}`);
