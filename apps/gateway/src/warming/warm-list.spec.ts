import { describe, expect, test } from '@jest/globals';
import { canonicalUrl } from '#libs/preview';
import { warmList } from './warm-list.js';

describe('a list of pages to warm', () => {
  test('orders each page once, however its URL is written, in the order of the list', async () => {
    const { orders, duplicates, rejected } = await warmList([
      'https://b.example/',
      'https://a.example/?utm_source=news',
      'http://www.a.example/#top',
      'https://b.example/',
    ]);
    expect(orders.map(({ url }) => url)).toEqual(['//b.example/', '//a.example/']);
    expect(duplicates).toBe(2);
    expect(rejected).toEqual([]);
  });

  test('loses nothing but what names no page, and says which and why', async () => {
    const list = await warmList(['file:///etc/passwd', 'https://a.example/', '', 'https://u:p@a.example/']);
    expect(list.orders).toHaveLength(1);
    expect(list.duplicates).toBe(0);
    expect(list.rejected).toEqual([
      { index: 0, url: 'file:///etc/passwd', code: 'EINVALURL', message: 'The URL is not http or https.' },
      { index: 2, url: '', code: 'EINVALURL', message: 'The URL is missing.' },
      expect.objectContaining({ index: 3, url: 'https://u:p@a.example/' }),
    ]);
  });

  test('without a single page is refused', async () => {
    await expect(warmList(['nowhere', ''])).rejects.toMatchObject({
      code: 'EINVALURL',
      message: expect.stringContaining('The URL is not an absolute URL.'),
    });
  });

  test('of the full length leaves others their turns', async () => {
    const urls = Array.from({ length: 10_000 }, (_, index) => `https://a.example/${index}`);
    let turns = 0;
    let others = setImmediate(function turn() {
      turns += 1;
      others = setImmediate(turn);
    });
    const { orders } = await warmList(urls);
    clearImmediate(others);
    expect(orders).toHaveLength(10_000);
    expect(orders.at(-1)?.url).toBe(canonicalUrl('https://a.example/9999'));
    expect(turns).toBeGreaterThan(10);
  });
});
