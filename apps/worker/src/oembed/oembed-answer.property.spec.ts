import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { OEmbed } from '#libs/preview';
import { cpuCost } from '../../../../test/support/cpu-cost.js';
import { oembedOf } from './oembed-answer.js';

const URL_OF_ANSWER = 'https://provider.example/oembed?url=x';

/** The bound of each property, in ms: what is found within it is worth having. */
const TIME_BOX = { interruptAfterTimeLimit: 2_000, numRuns: 5_000 };

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.webUrl(),
  fc.constantFrom(
    '\u0000',
    '\ud83d',
    '\ude00',
    '<b>',
    '</script',
    '<script src="',
    '<script src="//x.example/a.js">',
    '<script src="https://user:secret@x.example/a.js">',
    '<iframe src="javascript:alert(1)">',
    '"',
    '&lt;b&gt;',
    '&#x3c;b&#x3e;',
    '<!--',
    'javascript:alert(1)',
    'data:text/html,x',
    '//',
    'http://user:secret@host/',
    'By ',
    'x'.repeat(3_000),
  ),
);
const value = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''));
const anyValue = fc.oneof(
  { weight: 4, arbitrary: value },
  fc.jsonValue(),
  fc.constantFrom(-1, 0, 1e9, 0.5, '480', '100%', '480px'),
);
const answer = fc.oneof(
  { weight: 5, arbitrary: said(fc.constantFrom<unknown>('video', 'rich', 'photo', 'link', '', 1)) },
  fc.jsonValue(),
);

function said(type: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.record(
    {
      type,
      title: anyValue,
      author_name: anyValue,
      provider_name: anyValue,
      thumbnail_url: anyValue,
      html: anyValue,
      width: anyValue,
      height: anyValue,
      __proto__: fc.constant(null),
    },
    { requiredKeys: ['type'] },
  );
}

/** What holds for whatever a provider says. */
function expectSound({ title, author, publisher, imageUrl, embed }: OEmbed) {
  for (const text of [title, author, publisher]) {
    expect(text ?? 'x').not.toMatch(/^$|^\s|\s$|\p{Cc}|\p{Surrogate}|<[a-z/!]/iu);
    expect((text ?? '').length).toBeLessThanOrEqual(1_000);
  }
  expectAddress(imageUrl ?? URL_OF_ANSWER, /^https?:/);
  if (embed === null) return;
  expect(embed.html.length).toBeLessThanOrEqual(20 * 1024);
  expect(embed.html).not.toMatch(/\0|\p{Surrogate}/u);
  expect(embed.scripts.length).toBeLessThanOrEqual(10);
  for (const { src, charset } of embed.scripts) {
    expectAddress(src, /^https:/);
    expect(charset ?? '').not.toMatch(/\0|\p{Surrogate}/u);
  }
  for (const side of [embed.width, embed.height])
    expect(side === null || (Number.isInteger(side) && side > 0 && side <= 10_000)).toBe(true);
}

function expectAddress(url: string, schemes: RegExp) {
  expect(new URL(url).href).toBe(url);
  expect(url).toMatch(schemes);
  expect(new URL(url).username).toBe('');
}

describe('of any answer of a provider', () => {
  test('what is taken has neither markup in texts nor foreign schemes nor what a database refuses', () => {
    const property = fc.property(answer, (given) => {
      const oembed = oembedOf(JSON.stringify(given), URL_OF_ANSWER);
      if (oembed !== null) expectSound(oembed);
    });
    fc.assert(property, TIME_BOX);
  });

  test('nothing is taken of what is no JSON, and nothing breaks', () => {
    const property = fc.property(answer, value, fc.nat(), (given, other, at) => {
      const json = JSON.stringify(given);
      const cut = at % (json.length + 1);
      for (const broken of [other, json.slice(0, cut), json.slice(0, cut) + other + json.slice(cut)]) {
        const oembed = oembedOf(broken, URL_OF_ANSWER);
        if (oembed !== null) expectSound(oembed);
      }
    });
    fc.assert(property, TIME_BOX);
  });

  test.each([
    ['brackets', '['.repeat(32_000)],
    ['open tags', JSON.stringify({ type: 'rich', html: '<b '.repeat(6_800) })],
    ['scripts', JSON.stringify({ type: 'rich', html: '<script src=//a.b>'.repeat(1_130) })],
    ['escaped tags', JSON.stringify({ type: 'rich', title: '&lt;b&gt;'.repeat(7_000) })],
    ['an endless name', JSON.stringify({ type: 'rich', author_name: 'By '.repeat(21_000) })],
  ])('one made of %s costs next to nothing', async (_what, json) => {
    expect(await cpuCost(() => oembedOf(json, URL_OF_ANSWER))).toBeLessThan(20);
  });
});
