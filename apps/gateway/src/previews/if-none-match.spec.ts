import { expect, test } from '@jest/globals';
import { matchesETag } from './if-none-match.js';

const ETAG = '"0Yw3vJ-gzip"';

test.each([
  ['the very tag', ETAG],
  ['the tag that a proxy weakened', `W/${ETAG}`],
  ['one of several', `"other",  W/"another", ${ETAG}`],
  ['anything at all', ' * '],
])('a caller who holds %s has these bytes', (_what, ifNoneMatch) => {
  expect(matchesETag(ifNoneMatch, ETAG)).toBe(true);
});

test.each([
  ['nothing', undefined],
  ['an empty list', ''],
  ['another tag', '"other"'],
  ['the same content in another coding', '"0Yw3vJ"'],
  ['a tag without its quotes', '0Yw3vJ-gzip'],
  ['a tag in other letters', ETAG.toLowerCase()],
])('a caller who holds %s has not', (_what, ifNoneMatch) => {
  expect(matchesETag(ifNoneMatch, ETAG)).toBe(false);
});
