import { expect, test } from '@jest/globals';
import { aPreview } from '../../../../test/support/builders.js';
import { withOEmbed } from './with-oembed.js';

const oembed = {
  title: 'Its title',
  author: 'Ada',
  publisher: 'Provider',
  imageUrl: 'https://provider.example/still.jpg',
  embed: null,
};

test('a provider fills what the page leaves open, and provenance says so', () => {
  const empty = aPreview({
    title: null,
    author: null,
    image: null,
    publisher: 'example.com',
    provenance: { publisher: 'host' },
  });
  expect(withOEmbed(empty, oembed)).toEqual({
    ...empty,
    title: 'Its title',
    author: 'Ada',
    publisher: 'Provider',
    image: { url: 'https://provider.example/still.jpg' },
    provenance: {
      title: 'oembed:title',
      author: 'oembed:author_name',
      publisher: 'oembed:provider_name',
      image: 'oembed:thumbnail_url',
    },
  });
});

test('a page has the last word on itself', () => {
  const said = aPreview({
    title: 'Title',
    author: 'Author',
    publisher: 'The Site',
    image: { url: 'https://example.com/a.png' },
    provenance: { title: 'og:title', publisher: 'og:site_name' },
  });
  expect(withOEmbed(said, oembed)).toEqual(said);
});
