import type { PreviewMedia } from '#libs/preview';
import { absoluteUrl, media } from '../accept.js';
import { type Field, metas, rule, signsIn, told } from '../rule.js';
import type { PageFacts } from '../page-facts.js';

export const image: Field<PreviewMedia> = {
  rules: [
    // Beside a video that a card can play, the picture is the one that the page shows before it plays.
    rule('video:poster', posters),
    ...metas(
      'og:image:secure_url',
      'og:image:url',
      'og:image',
      'twitter:image:src',
      'twitter:image',
      'image',
      'image.url',
      'thumbnailurl',
    ),
    rule('json-ld:image', ({ jsonLd }) => jsonLd.about().flatMap((node) => jsonLd.urls(node['image']))),
    rule('json-ld:thumbnailUrl', ({ jsonLd }) =>
      jsonLd.pages().flatMap((node) => jsonLd.urls(node['thumbnailUrl'])),
    ),
    rule('image_src', ({ links }) =>
      links.filter(({ rel }) => rel.includes('image_src')).map(({ href }) => href),
    ),
    told('item:image', 'src', 'content', 'href'),
    told('video', 'poster'),
    pictures('article-image'),
    pictures('image'),
  ],
  accept: (candidate, facts) => (RECORDING.test(candidate) ? null : media(candidate, facts)),
};

const RECORDING = /\.(mp4|webm|m4v|mov|m3u8|mp3|m4a)([?#]|$)/i;

/** Of the page's first film alone, and where the page names its file: those that scripts fetch (`blob:`) are mostly advertisements. */
function posters(facts: PageFacts) {
  const [first] = signsIn(facts, 'video');
  if (first === undefined) return [];
  const { src, poster } = first.attributes;
  const hasFile =
    src === undefined ? signsIn(facts, 'video-source').length > 0 : absoluteUrl(src, facts) !== null;
  return hasFile ? [poster] : [];
}

/** The first picture of a page that is one for people: neither hidden nor a pixel that counts visits. */
function pictures(sign: string) {
  return rule(sign, (facts: PageFacts) =>
    signsIn(facts, sign)
      .map(({ attributes }) => attributes)
      .filter(({ width = '', height = '', ...others }) => {
        return others['aria-hidden'] !== 'true' && !/^[0-9]$/.test(width) && !/^[0-9]$/.test(height);
      })
      .map(({ src = '', ...others }) => (/^(data:|$)/.test(src) ? (others['data-src'] ?? '') : src)),
  );
}
