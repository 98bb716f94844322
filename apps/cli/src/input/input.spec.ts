import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { chunksOf } from './chunks.js';
import { documentIn } from './document.js';
import { listedUrls } from './lines.js';
import { sitemapEntries } from './sitemap.js';

async function* inPieces(text: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
}

async function all<T>(things: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const thing of things) found.push(thing);
  return found;
}

/** However it is cut, the same must come of it. */
async function urlsIn(text: string | Uint8Array, size: number) {
  const document = await documentIn(inPieces(Buffer.from(text), size));
  return document.kind === 'list' ? all(listedUrls(document.text)) : all(sitemapEntries(document.text));
}

const SITEMAP = `\ufeff<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <!-- <url><loc>https://a.example/comment</loc></url> -->
  <url><loc>
    https://a.example/?a=1&amp;b=2
  </loc><lastmod>2026-01-01</lastmod><image:image><image:loc>https://a.example/picture.jpg</image:loc></image:image></url>
  <url><loc><![CDATA[https://a.example/übung]]></loc></url>
  <url><loc></loc></url>
</urlset>`;

describe.each([1, 7, 100_000])('an input in pieces of %d bytes', (size) => {
  test('is a list of URLs, a line each', async () => {
    const list = '\n\n# people\r\nhttps://a.example/1\r\n  https://a.example/ü \n\nhttps://a.example/3';
    const urls = ['https://a.example/1', 'https://a.example/ü', 'https://a.example/3'];
    expect(await urlsIn(list, size)).toEqual(urls);
    expect(await urlsIn(gzipSync(list), size)).toEqual(urls);
  });

  test('is a sitemap', async () => {
    const pages = [
      { kind: 'page', url: 'https://a.example/?a=1&b=2' },
      { kind: 'page', url: 'https://a.example/übung' },
    ];
    expect(await urlsIn(SITEMAP, size)).toEqual(pages);
    expect(await urlsIn(gzipSync(SITEMAP), size)).toEqual(pages);
  });

  test('is an index of sitemaps, whatever prefix its writer gives', async () => {
    const index =
      '<ns0:sitemapindex><ns0:sitemap><ns0:loc>https://a.example/s.xml</ns0:loc></ns0:sitemap></ns0:sitemapindex>';
    expect(await urlsIn(index, size)).toEqual([{ kind: 'sitemap', url: 'https://a.example/s.xml' }]);
  });

  test('is empty', async () => {
    expect(await urlsIn('', size)).toEqual([]);
    expect(await urlsIn(' \n ', size)).toEqual([]);
    expect(await urlsIn('x', size)).toEqual(['x']);
  });
});

describe('an input that is none', () => {
  test('ends with what is wrong', async () => {
    const zipped = gzipSync('https://a.example/\n'.repeat(100));
    await expect(urlsIn(zipped.subarray(0, 40), 16)).rejects.toThrow('unexpected end of file');
    await expect(urlsIn('x'.repeat(70_000), 1_000)).rejects.toThrow('this is no list of URLs');
    await expect(urlsIn('<a>'.repeat(100), 50)).rejects.toThrow('too deep');
  });

  test('is let go of by who has read enough', async () => {
    let isClosed = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.from('https://a.example/\n');
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of listedUrls((await documentIn(endless())).text)) break;
    expect(isClosed).toBe(true);
  });
});

describe('lists that fit into a request', () => {
  async function* urls(count: number, length: number) {
    for (let page = 0; page < count; page += 1) yield 'u'.repeat(length);
  }

  test.each([
    [0, 10, []],
    [10_000, 10, [10_000]],
    [25_000, 10, [10_000, 10_000, 5_000]],
    [3_000, 4_000, [2_095, 905]], // 8 MiB
    [2, 9_000_000, [1, 1]],
  ])('of %d URLs of %d characters', async (count, length, sizes) => {
    const lists = await all(chunksOf(urls(count, length)));
    expect(lists.map((list) => list.length)).toEqual(sizes);
  });
});
