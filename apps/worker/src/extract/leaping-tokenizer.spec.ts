import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Parser, Tokenizer } from 'htmlparser2';
import { LeapingTokenizer } from './leaping-tokenizer.js';

/** All that a parser tells of a page that arrives in these pieces. */
function told(pieces: readonly string[], tokenizer: typeof Tokenizer): string[] {
  const events: string[] = [];
  const parser = new Parser(
    {
      onopentag: (name, attributes) => void events.push(`<${name} ${JSON.stringify(attributes)}`),
      onclosetag: (name) => void events.push(`</${name}`),
      ontext: (text) => void events.push(`text ${text}`),
      oncomment: (text) => void events.push(`comment ${text}`),
      onprocessinginstruction: (name, text) => void events.push(`instruction ${name} ${text}`),
    },
    { Tokenizer: tokenizer },
  );
  for (const piece of pieces) parser.write(piece);
  parser.end();
  return events;
}

const markup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<p class="text">',
        "<a href='/x?a=1&amp;b=2'>",
        '</p>',
        '<script>if (a < b && "c") {}</script>',
        '<style>a > b {}</style>',
        '<title>A &amp; B</title>',
        '<!-- no -- > -->',
        '<!doctype html>',
        '<![CDATA[x]]>',
        '<svg><title>',
        '<textarea>&lt;',
        '&eacute;',
        '&#128512;',
        '&',
        '<',
        '>',
        '"',
        "'",
        '=',
        '/',
        ' ',
        '\n',
        'é',
        '語',
      ),
      fc.string({ maxLength: 10 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

/** A text in pieces, cut at arbitrary places. */
const pieces = fc.tuple(markup, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }));

function cut(text: string, sizes: readonly number[]): string[] {
  const parts: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    parts.push(text.slice(at, at + size));
    at += size;
  }
  return parts;
}

describe('a tokenizer that leaps over what means nothing', () => {
  test('tells of every page what the one tells that looks at each character', () => {
    fc.assert(
      fc.property(pieces, ([text, sizes]) => {
        const parts = cut(text, sizes);
        expect(told(parts, LeapingTokenizer)).toEqual(told(parts, Tokenizer));
      }),
      { numRuns: 2_000, interruptAfterTimeLimit: 4_000 },
    );
  });

  test('is asked by the parser at hand, whose states are not in its types', () => {
    const states = ['stateText', 'handleInAttributeValue', 'fastForwardTo'];
    for (const name of states) expect(Tokenizer.prototype).toHaveProperty(name);
  });

  test('costs no more than a page’s length where it is all entities and no tag', () => {
    const once = (text: string) => {
      const startedAt = performance.now();
      told([text], LeapingTokenizer);
      return performance.now() - startedAt;
    };
    const ms = (text: string) => Math.min(once(text), once(text), once(text));
    const page = (length: number) => `<p title="${'&x '.repeat(length)}`;
    ms(page(10_000));
    const [short, long] = [ms(page(20_000)), ms(page(160_000))];
    expect(long).toBeLessThan(Math.max(short, 5) * 8 * 4); // its square would be 64 times as much
  });
});
