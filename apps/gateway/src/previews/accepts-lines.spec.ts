import { expect, test } from '@jest/globals';
import { acceptsLines } from './accepts-lines.js';

test.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['application/x-ndjson', true],
  ['application/json;q=0.5, Application/X-NDJSON; q=1', true],
  ['application/x-ndjson;q=0', false],
])('%j is taken for lines: %j', (accept, takesLines) => {
  expect(acceptsLines(accept)).toBe(takesLines);
});
