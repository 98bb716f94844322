import { expect, test } from '@jest/globals';
import type { PreviewMedia } from '#libs/preview';
import { aPreview } from '../../../../test/support/builders.js';
import { withKnownPictures } from './known-pictures.js';

const url = 'https://cdn.example/a.png';
const facts = { type: 'png', size: 1, width: 2, height: 3 };
const colors = {
  palette: ['#FFFFFF'],
  background: '#FFFFFF',
  color: '#000000',
  alternative: '#000000',
};

test.each<[string, PreviewMedia | null, PreviewMedia]>([
  ['what it is like', { url, ...facts }, { url, ...facts }],
  ['its colours, whether or not it was measured', { url, colors }, { url, colors }],
  ['that it has none', { url, ...facts, colors: null }, { url, ...facts, colors: null }],
  ['nothing where they could not be had', { url, ...facts, colors: 'failed' }, { url, ...facts }],
  ['nothing of another picture', { url: `${url}?2`, ...facts, colors }, { url }],
  ['nothing where there was no picture', null, { url }],
])('of a picture from before is known: %s', (_what, before, image) => {
  const known = withKnownPictures(aPreview({ image: { url } }), aPreview({ image: before }));
  expect(known.image).toEqual(image);
});

test('a page that is unchanged forgets what could not be had, and nothing else', () => {
  const held = aPreview({ image: { url, ...facts, colors: 'failed' }, logo: { url, colors } });
  const known = withKnownPictures(held, held);
  expect(known).toEqual({ ...held, image: { url, ...facts }, logo: { url, colors } });
  expect(known.image).not.toHaveProperty('colors');
});
