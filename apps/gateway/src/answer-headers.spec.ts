import { expect, test } from '@jest/globals';
import { requestIdOf } from './answer-headers.js';

const OWN = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

test.each(['7', 'a1b2c3', '0af7651916cd43dd8448eb211c80319c', 'Root=1-67891233-abcdef012345678912345678'])(
  'a request keeps the id that it came with: %s',
  (id) => expect(requestIdOf({ 'x-request-id': id })).toBe(id),
);

test.each([undefined, '', 'two words', 'one, two', 'a"b', 'a\nb', '<b>', 'ü', 'x'.repeat(129)])(
  'a request without an id that can be written anywhere is given one: %j',
  (id) => expect(requestIdOf({ 'x-request-id': id })).toMatch(OWN),
);
