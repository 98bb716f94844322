import { Readable } from 'node:stream';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cpuCost } from '../../../../test/support/cpu-cost.js';
import { decompressed } from './body-decoder.js';
import { decoderFor } from './charset.js';
import { FetchFailed } from './fetch-failed.js';
import { essence, mediaTypeOf } from './media-type.js';
import { decodedText, textOf } from './page-text.js';

const TIME_BOX = { interruptAfterTimeLimit: 10_000 };

const codings = {
  gzip: gzipSync,
  deflate: deflateSync,
  'deflate, raw': deflateRawSync,
  br: brotliCompressSync,
} as const;
const coding = fc.constantFrom(...(Object.keys(codings) as (keyof typeof codings)[]));

/** Bytes, cut at arbitrary places. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 5 });
const bodies = fc.uint8Array({ maxLength: 4_000 }).map((body) => Buffer.from(body));

describe('decompression of whatever arrives', () => {
  test('gives back what was compressed, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(coding, bodies, sizes, async (name, body, cuts) => {
        const source = Readable.from(cut(codings[name](body), cuts), { objectMode: false });
        const encoding = name.replace(', raw', '');
        expect(Buffer.concat(await decompressed(source, encoding).toArray())).toEqual(body);
      }),
      { numRuns: 100, ...TIME_BOX },
    );
  });

  test('ends, by an error or at the end, where it is truncated or damaged', async () => {
    await fc.assert(
      fc.asyncProperty(
        coding,
        bodies,
        sizes,
        fc.nat(),
        fc.nat(255),
        async (name, body, cuts, place, byte) => {
          const damaged = Buffer.from(codings[name](body));
          const at = place % damaged.length;
          damaged[at] = byte;
          for (const bytes of [damaged, damaged.subarray(0, at)]) {
            const source = Readable.from(cut(bytes, cuts), { objectMode: false });
            const ended = await Promise.allSettled([
              decompressed(source, name.replace(', raw', '')).toArray(),
            ]);
            expect(ended).toHaveLength(1);
          }
        },
      ),
      { numRuns: 150, ...TIME_BOX },
    );
  });

  test('refuses or undoes whatever Content-Encoding says', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('gzip', 'deflate', 'br', 'zstd', ',', ' ', ';q=0', '*'),
          maxLength: 20,
        }),
        (encoding) => {
          try {
            decompressed(Readable.from([]), encoding).on('error', () => undefined);
          } catch (error) {
            if (!(error instanceof FetchFailed)) throw error;
          }
        },
      ),
      { numRuns: 300, ...TIME_BOX },
    );
  });
});

describe('decoding of whatever arrives', () => {
  const labels = fc.constantFrom(
    'utf-8',
    'utf-16',
    'utf-16be',
    'windows-1251',
    'shift_jis',
    'euc-kr',
    'gb18030',
    'big5',
    'iso-2022-jp',
    'iso-8859-16',
    'x-user-defined',
    'replacement',
    'hz-gb-2312',
    'klingon',
    '',
    '"',
    "'utf-8",
    'utf-7',
  );
  const declarations = fc
    .tuple(
      fc.constantFrom(
        '<meta charset=',
        '<meta http-equiv=content-type content="text/html;charset=',
        '<?xml encoding="',
      ),
      labels,
    )
    .map(([start, label]) => `${start}${label}">`);
  const pages = fc
    .tuple(fc.oneof(fc.constant(''), declarations), bodies)
    .map(([start, body]) => Buffer.concat([Buffer.from(start), body]));
  const hints = fc.record({
    contentType: fc.oneof(
      fc.constant(undefined),
      labels.map((label) => `text/html; charset=${label}`),
      fc.string(),
    ),
    contentLanguage: fc.oneof(fc.constant(undefined), fc.constantFrom('ko', 'ja, en', '', '*')),
    host: fc.oneof(fc.constant(undefined), fc.constantFrom('a.ru', 'a.jp', '127.0.0.1', '')),
  });

  test('gives text, and the same however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(pages, hints, sizes, async (page, known, cuts) => {
        let text = '';
        for await (const piece of decodedText(Readable.from(cut(page, cuts)), known)) text += piece;
        expect(text).toBe(textOf(page, known));
      }),
      { numRuns: 300, ...TIME_BOX },
    );
  });

  test('gives of UTF-8, and of what only says that it is, what the standard’s decoder gives', () => {
    const part = fc.constantFrom('\ufeff', 'plain ', 'é', '語', '😀').map((text) => Buffer.from(text));
    const broken = fc
      .constantFrom([0xff], [0xe8, 0xaa], [0xf0, 0x9f], [0x80])
      .map((bytes) => Buffer.from(bytes));
    const text = fc.array(fc.oneof(part, broken), { maxLength: 20 }).map((parts) => Buffer.concat(parts));
    const small = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(text, small, (bytes, cuts) => {
        const decoder = decoderFor('utf8');
        const pieces = cut(bytes, cuts).map((piece) => decoder.decode(piece, { stream: true }));
        expect(pieces.join('') + decoder.decode()).toBe(new TextDecoder().decode(bytes));
      }),
      { numRuns: 1_000, ...TIME_BOX },
    );
  });

  test.each([
    ['comments without end', '<!--'.repeat(16_384)],
    ['elements without end', '<meta '.repeat(11_000)],
    ['one long element', `<meta ${'a'.repeat(65_000)}`],
    ['attributes', `<meta ${'a = '.repeat(16_000)}>`],
    ['letters of no charset', '\xff'.repeat(65_536)],
  ])('costs little: %s', async (_what, text) => {
    expect(await cpuCost(() => textOf(Buffer.from(text, 'latin1'), {}))).toBeLessThan(40);
  });
});

test('every Content-Type and every start of a body has a media type', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), bodies, (contentType, start) => {
      expect(mediaTypeOf(contentType, start)).toMatch(/^\S+\/\S+$/);
      expect(essence(contentType)).toBe(essence(`${contentType};q=1`));
    }),
    { numRuns: 500, ...TIME_BOX },
  );
});
