import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cpuCost } from '../../../../test/support/cpu-cost.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import { mediaTypeOf } from '../fetch/media-type.js';
import type { OtherContent } from '../fetch/page-response.js';
import { contentPreview } from './content-preview.js';

/** What an origin answered, with the type that its bytes give it. */
function answered(
  contentType: string,
  body: Buffer | string,
  more: Partial<OtherContent> = {},
): OtherContent {
  const firstBytes = Buffer.from(body as string);
  return {
    kind: 'content',
    finalUrl: 'https://www.example.com/files/My%20file.bin?v=1',
    statusCode: 200,
    headers: {},
    redirects: [],
    validators: null,
    mediaType: mediaTypeOf(contentType, firstBytes),
    contentType,
    fileName: null,
    contentLength: firstBytes.length,
    firstBytes,
    ...more,
  };
}

/** Bytes, written as numbers, texts and runs of zeros. */
function bytes(...parts: readonly (number[] | string)[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')));
}

const zeros = (count: number) => Array<number>(count).fill(0);

test('found at a URL that is longer than any browser sends, it has the one that was asked for', () => {
  const found = answered('image/png', 'x', { finalUrl: `https://cdn.example/?q=${'x'.repeat(14_000)}` });
  const preview = contentPreview(found, 'https://example.com/a.png');
  expect(preview).toMatchObject({
    url: 'https://example.com/a.png',
    image: { url: 'https://example.com/a.png' },
  });
});

test('a feed has no picture at such a URL', () => {
  const feed = (path: string) => `<rss><channel><image><url>${path}</url></image></channel></rss>`;
  const imageOf = (path: string) => contentPreview(answered('application/rss+xml', feed(path))).image;
  expect(imageOf('/a.png')).toEqual({ url: 'https://www.example.com/a.png' });
  expect(imageOf(`/${'é'.repeat(1_000)}`)).toBeNull();
});

describe('a picture', () => {
  test.each([
    ['image/png', bytes([0x89], 'PNG\r\n', [0x1a], '\n', zeros(4), 'IHDR', [0, 0, 4, 0xb0, 0, 0, 3, 0x20])],
    ['image/gif', bytes('GIF89a', [0xb0, 4, 0x20, 3])],
    [
      'image/jpeg',
      bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], zeros(14), [0xff, 0xff, 0xc2, 0, 17, 8, 3, 0x20, 4, 0xb0]),
    ],
    ['image/webp', bytes('RIFF', zeros(4), 'WEBPVP8X', zeros(8), [0xaf, 4, 0, 0x1f, 3, 0])],
    ['image/webp', bytes('RIFF', zeros(4), 'WEBPVP8 ', zeros(10), [0xb0, 4, 0x20, 3])],
    ['image/webp', bytes('RIFF', zeros(4), 'WEBPVP8L', zeros(5), [0xaf, 0xc4, 0xc7, 0])],
    [
      'image/avif',
      bytes(
        zeros(4),
        'ftypavif',
        zeros(8),
        'ispe',
        zeros(4),
        [0, 0, 0, 9, 0, 0, 0, 9],
        'ispe',
        zeros(4),
        [0, 0, 4, 0xb0, 0, 0, 3, 0x20],
      ),
    ],
    ['image/svg+xml', Buffer.from('<svg xmlns="x" width="1200px" height="800"><path/></svg>')],
    ['image/svg+xml', Buffer.from('<?xml version="1.0"?>\n<svg viewBox="0 0 1200 800.2"/>')],
  ])('%s is shown with its size', (type, picture) => {
    const ending = type.replace('image/', '').replace('jpeg', 'jpg').replace('+xml', '');
    expect(contentPreview(answered(type, picture))).toMatchObject({
      url: 'https://www.example.com/files/My%20file.bin?v=1',
      title: 'My file.bin',
      publisher: 'example.com',
      image: { url: expect.any(String), type: ending, size: picture.length, width: 1200, height: 800 },
    });
  });

  test('is what its bytes say, not what it is called', () => {
    expect(contentPreview(answered('text/plain', bytes('GIF89a', [1, 0, 1, 0]))).image).toMatchObject({
      type: 'gif',
    });
    expect(contentPreview(answered('application/xml', '<svg width="9" height="9"/>')).image).toMatchObject({
      type: 'svg',
      width: 9,
    });
  });

  test('without a size is shown all the same', () => {
    expect(contentPreview(answered('image/png', '')).image).toMatchObject({ width: null, height: null });
    expect(contentPreview(answered('image/x-unknown', 'x')).image).toMatchObject({ type: 'unknown' });
  });
});

test('a video and a sound are shown by their headers', () => {
  const file = {
    fileName: 'Talk.mp4',
    contentLength: null,
    headers: { 'last-modified': 'Mon, 02 Mar 2026 09:30:00 GMT' },
  };
  expect(contentPreview(answered('video/mp4', bytes(zeros(4), 'ftypisom'), file))).toMatchObject({
    title: 'Talk.mp4',
    date: '2026-03-02T09:30:00.000Z',
    video: { type: 'mp4', size: null },
    audio: null,
  });
  expect(contentPreview(answered('audio/mpeg', 'ID3'))).toMatchObject({
    audio: { type: 'mp3' },
    video: null,
  });
});

describe('a document', () => {
  test('is called what its Info dictionary says, and not as its bookmarks are', () => {
    const pdf = String.raw`%PDF-1.4
3 0 obj << /Title (Chapter 1) /Parent 2 0 R >> endobj
7 0 obj << /Title (How \(not\) to\040preview) /Author <FEFF00C40064> /Producer (x) >> endobj`;
    expect(contentPreview(answered('application/pdf', pdf))).toMatchObject({
      title: 'How (not) to preview',
      author: 'Äd',
    });
  });

  test('is called what its XMP packet says', () => {
    const pdf = `%PDF-1.7 <x:xmpmeta><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Über R&amp;D</rdf:li></rdf:Alt></dc:title></x:xmpmeta>`;
    expect(contentPreview(answered('application/pdf', pdf)).title).toBe('Über R&D');
  });

  test('has the name of its file where it has no other', () => {
    expect(
      contentPreview(answered('application/pdf', '%PDF-1.7 /Encrypt 1 0 R /Title (xyz) /Producer (y)')).title,
    ).toBe('My file.bin');
  });
});

describe('words', () => {
  test('begin with their title', () => {
    expect(
      contentPreview(answered('text/markdown', '\n---\n# Read me\n\nIt is short,\nand good.')),
    ).toMatchObject({
      title: 'Read me',
      description: 'It is short, and good.',
    });
    const russian = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]);
    expect(contentPreview(answered('text/plain; charset=windows-1251', russian)).title).toBe('Привет');
    expect(contentPreview(answered('text/plain', '')).title).toBe('My file.bin');
  });

  test('of JSON are those at its top', () => {
    const feed =
      '{"version":"https://jsonfeed.org/version/1.1","title":"My feed","description":"All of it","items":[]}';
    expect(contentPreview(answered('application/feed+json', feed))).toMatchObject({
      title: 'My feed',
      description: 'All of it',
    });
    for (const json of ['[1]', 'null', '{"title":1}', '{"title":"cut o']) {
      expect(contentPreview(answered('application/json', json)).title).toBe('My file.bin');
    }
  });
});

describe('a feed', () => {
  test('of RSS is shown by its channel', () => {
    const rss = `<?xml version="1.0"?><rss version="2.0"><channel>
      <item><title>An entry</title></item>
      <title>The Kettle</title><link>https://kettle.example/</link><language>en-GB</language>
      <description><![CDATA[All about <b>tea</b>]]></description>
      <image><title>logo</title><url>/logo.png</url></image>
      <lastBuildDate>Mon, 02 Mar 2026 09:30:00 GMT</lastBuildDate></channel></rss>`;
    expect(contentPreview(answered('application/rss+xml', rss))).toMatchObject({
      title: 'The Kettle',
      description: 'All about tea',
      lang: 'en-gb',
      image: { url: 'https://www.example.com/logo.png' },
      date: '2026-03-02T09:30:00.000Z',
    });
  });

  test('of Atom is shown by its head, even where it is cut', () => {
    const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title type="text">Kessel</title>
      <subtitle>Tee</subtitle><author><name>Ada</name></author><logo>https://kettle.example/l.png</logo>
      <updated>2026-03-02T09:30:00Z</updated><entry><title>Ein`;
    expect(contentPreview(answered('text/xml', atom))).toMatchObject({
      title: 'Kessel',
      description: 'Tee',
      lang: 'de',
      author: 'Ada',
      image: { url: 'https://kettle.example/l.png' },
    });
  });
});

test.each([
  ['application/zip', bytes('PK', [3, 4])],
  ['application/octet-stream', bytes([0, 1, 2])],
  ['application/xml', Buffer.from('<urlset><url/></urlset>')],
  ['font/woff2', Buffer.from('wOF2')],
])('of %s there is no preview, and the reason says so', (type, body) => {
  expect(() => contentPreview(answered(type, body))).toThrow(
    expect.objectContaining({
      failure: expect.objectContaining({
        code: 'ENOTPREVIEWABLE',
        reason: `The origin answered with ${type}.`,
        statusCode: 200,
      }),
    }),
  );
});

describe('whatever arrives', () => {
  const types = fc.constantFrom(
    'image/png',
    'image/jpeg',
    'image/webp',
    'image/avif',
    'image/svg+xml',
    'application/pdf',
    'application/rss+xml',
    'application/json',
    'text/plain',
    'video/mp4',
    'application/octet-stream',
    '',
  );
  const starts = fc.constantFrom(
    '',
    'GIF89a',
    '\xff\xd8\xff\xe0',
    'RIFF\0\0\0\0WEBPVP8L',
    '\0\0\0\0ftypavif',
    '%PDF-1.7 /Producer (',
    '<svg ',
    '<rss><channel><title>',
    '{"title":',
    '<?xml version="1.0"?><feed>',
    '%PDF <x:xmpmeta><dc:title><rdf:li>',
  );

  test('there is a preview or a reason, and never a crash', () => {
    fc.assert(
      fc.property(types, starts, fc.uint8Array({ maxLength: 300 }), (type, start, rest) => {
        try {
          const { title } = contentPreview(answered(type, Buffer.concat([bytes(start), rest])));
          expect(title ?? '').not.toMatch(/\p{Cc}/u);
        } catch (error) {
          if (!(error instanceof FetchFailed)) throw error;
        }
      }),
      { numRuns: 2_000, interruptAfterTimeLimit: 10_000 },
    );
  });

  test.each([
    ['<', '<'.repeat(131_072)],
    ['a deep feed', `<rss>${'<a>'.repeat(40_000)}`],
    ['an unending literal', `%PDF-1.7 /Producer (${'('.repeat(130_000)}`],
    ['backslashes', `%PDF-1.7 1 0 obj /Title (${'\\'.repeat(65_000)} /Producer (x)`],
    ['many boxes', `\0\0\0\0ftypavif${'ispe'.repeat(32_000)}`],
    ['fill bytes', `\xff\xd8\xff${'\xff'.repeat(131_000)}`],
    ['blanks', ' '.repeat(131_072)],
  ])('it costs little: %s', async (_what, text) => {
    const types = ['text/plain', 'application/xml', 'application/pdf', 'image/svg+xml', 'application/json'];
    const cost = await cpuCost(() => {
      for (const type of types) {
        try {
          contentPreview(answered(type, bytes(text)));
        } catch (error) {
          if (!(error instanceof FetchFailed)) throw error;
        }
      }
    });
    expect(cost).toBeLessThan(75);
  });
});
