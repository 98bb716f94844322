import { describe, expect, test } from '@jest/globals';
import { oembedOf } from './oembed-answer.js';

const URL_OF_ANSWER = 'https://provider.example/oembed?url=x';

const of = (answer: unknown) => oembedOf(JSON.stringify(answer), URL_OF_ANSWER);
const embedOf = (html: string, more = {}) => of({ type: 'rich', html, ...more })?.embed;

describe("a provider's answer", () => {
  test('of a film fills the fields that it may, and has its HTML as it came', () => {
    const html = '<iframe width="200" src="https://provider.example/embed/1"></iframe>';
    const answer = {
      version: '1.0',
      type: 'video',
      title: ' A <b>film</b> ',
      author_name: 'By Ada Lovelace',
      provider_name: 'Provider',
      thumbnail_url: '/still.jpg',
      html,
      width: '480',
      height: 270,
    };
    expect(of(answer)).toEqual({
      title: 'A film',
      author: 'Ada Lovelace',
      publisher: 'Provider',
      imageUrl: 'https://provider.example/still.jpg',
      embed: { html, scripts: [], width: 480, height: 270 },
    });
  });

  test('of a post names the scripts that its HTML asks for, by https alone', () => {
    const html = `<blockquote>Post</blockquote>
      <script async src="https://provider.example/widgets.js" charset="utf-8"></script>
      <script src="https://provider.example/more.js"></script>
      <script src="http://provider.example/plain.js"></script><script src="//provider.example/any.js"></script>
      <script src="javascript:alert(1)"></script><script src="/here.js"></script><script>alert(1)</script>`;
    expect(embedOf(html)).toEqual({
      html,
      scripts: [
        { async: true, src: 'https://provider.example/widgets.js', charset: 'utf-8' },
        { async: false, src: 'https://provider.example/more.js', charset: null },
        { async: false, src: 'https://provider.example/any.js', charset: null },
      ],
      width: null,
      height: null,
    });
  });

  test('of a picture or a link has nothing to embed', () => {
    expect(of({ type: 'photo', html: '<p>' })?.embed).toBeNull();
    expect(of({ type: 'link', title: 'A link', html: '<p>' })).toMatchObject({
      title: 'A link',
      embed: null,
    });
  });

  test.each([
    ['too much', `<p>${'x'.repeat(20 * 1024)}`],
    ['no markup', 'just words'],
    ['what no database takes', '<p>\0</p>'],
    ['half a character', '<p>\ud800</p>'],
  ])('with %s as its HTML has nothing to embed', (_what, html) => {
    expect(embedOf(html)).toBeNull();
  });

  test.each(['100%', -1, 0, 1e9, null, {}])('with %p as its width leaves it open', (width) => {
    expect(embedOf('<p>', { width })).toMatchObject({ width: null });
  });

  test('is not taken at its word for addresses that are none', () => {
    for (const address of ['javascript:alert(1)', 'data:image/png;base64,', 'http://user:secret@host/'])
      expect(of({ type: 'photo', thumbnail_url: address })?.imageUrl).toBeNull();
  });

  test.each(['', 'no JSON', 'null', '"text"', '[]', '{}', '{"type":1}'])('%p is none', (json) => {
    expect(oembedOf(json, URL_OF_ANSWER)).toBeNull();
  });
});
