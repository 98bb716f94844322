import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { CharsetHints } from './charset.js';
import { decodedText } from './page-text.js';

const PAGE = Buffer.from('<title>é</title>');

/** The text of a page that arrives `chunkSize` bytes at a time. */
async function textOf(bytes: Buffer, hints: string | CharsetHints = {}, chunkSize = 7): Promise<string> {
  const pieces = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, index) =>
    bytes.subarray(index * chunkSize, (index + 1) * chunkSize),
  );
  let text = '';
  const known = typeof hints === 'string' ? { contentType: hints } : hints;
  for await (const piece of decodedText(Readable.from(pieces), known)) text += piece;
  return text;
}

describe('the charset', () => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const filler = '<!-- '.padEnd(2000, 'x');

  test('is UTF-8 where nobody says otherwise, however the bytes are cut', async () => {
    expect(await textOf(PAGE, undefined, 1)).toBe('<title>é</title>');
    expect(await textOf(Buffer.from(`<title>é</title>${filler}é`), undefined, 1)).toMatch(/é$/);
  });

  test('follows the header', async () => {
    expect(await textOf(latin1('<title>é</title>'), 'text/html; charset="ISO-8859-1"')).toContain('é');
  });

  test('follows a meta element, in both forms', async () => {
    expect(await textOf(latin1('<meta charset=windows-1252><title>é</title>'))).toContain('é');
    const http = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">';
    expect(await textOf(latin1(`${http}<title>é</title>`))).toContain('é');
  });

  test('prefers the header to the page, and a byte order mark to both', async () => {
    expect(await textOf(Buffer.from('<meta charset=windows-1252>é'), 'text/html; charset=utf-8')).toContain(
      'é',
    );
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<p>é', 'utf16le')]);
    expect(await textOf(utf16, 'text/html; charset=utf-8')).toBe('<p>é');
  });

  test('falls back to UTF-8 for labels that do not exist', async () => {
    expect(await textOf(PAGE, 'text/html; charset=klingon')).toContain('é');
    expect(await textOf(latin1('<meta charset=latin1>é'), 'text/html; charset=none')).toContain('é');
  });

  test('shows the upper half of windows-1252 as letters, on short pages as on long ones', async () => {
    const quotes = Buffer.from([0x93, 0xe9, 0x94]);
    expect(await textOf(quotes, 'text/html; charset=iso-8859-1')).toBe('“é”');
    expect(await textOf(Buffer.concat([latin1(filler), quotes]), 'text/html; charset=latin1')).toMatch(
      /“é”$/,
    );
  });

  test('is UTF-16 where every other byte is zero, with a byte order mark or without', async () => {
    const page = Buffer.from(`<title>日本</title>${filler}`, 'utf16le');
    expect(await textOf(page, 'text/html')).toContain('日本');
    expect(await textOf(Buffer.from(page).swap16(), {})).toContain('日本');
    const marked = Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(page).swap16()]);
    expect(await textOf(marked, 'text/html; charset=utf-8', 1_000)).toContain('日本');
    expect(await textOf(Buffer.from('<meta charset=utf-16>é'))).toContain('é');
  });

  test('is none that a comment, a description or a script names', async () => {
    for (const decoy of [
      '<!-- <meta charset=windows-1251> -->',
      '<meta name="description" content="charset=windows-1251">',
      '<meta name=x data-charset=windows-1251>',
      '<script>charset="windows-1251"</script>',
    ]) {
      expect(await textOf(latin1(`${decoy}<meta charset=iso-8859-1>é`))).toMatch(/é$/);
      expect(await textOf(Buffer.from(`${decoy}é`))).toMatch(/é$/);
    }
  });

  test('follows an XML declaration', async () => {
    expect(await textOf(latin1('<?xml version="1.0" encoding="iso-8859-1"?><html>é'))).toMatch(/é$/);
  });

  test('has what Node lacks', async () => {
    expect(await textOf(Buffer.from([0x61, 0xaa, 0xba, 0xa4]), 'text/html; charset=ISO-8859-16')).toBe(
      'aȘș€',
    );
  });

  test('is still UTF-8 where a byte is broken, and where the page is cut within a letter', async () => {
    const russian = Buffer.from('Последние новости дня: политика, экономика и спорт');
    expect(await textOf(Buffer.concat([russian, Buffer.from([0xff]), russian]))).toContain('политика');
    expect(await textOf(russian.subarray(0, -1))).toContain('политика');
    expect(await textOf(Buffer.from('é').subarray(0, 1))).toBe('\ufffd');
  });

  test('of few words is told by the language, where page, header or domain know it', async () => {
    const korean = Buffer.from('x9GxubS6vbogvNO6uA==', 'base64'); // 한국뉴스 속보, in EUC-KR
    const page = (tag: string) => Buffer.concat([Buffer.from(tag), korean]);
    expect(await textOf(page('<html lang="ko-KR">'))).toContain('한국뉴스 속보');
    expect(await textOf(page('<html>'), { contentLanguage: 'ko' })).toContain('한국뉴스 속보');
    expect(await textOf(page('<html>'), { host: 'news.example.kr' })).toContain('한국뉴스 속보');
  });
});

/** Words of one language, and the bytes that its charset has for them. */
const SAMPLES: readonly (readonly [charset: string, text: string, base64: string])[] = [
  [
    'windows-1251',
    'Главная страница. Последние новости дня: политика, экономика, спорт и культура.',
    'w+vg4u3g/yDx8vDg7ej24C4gz+7x6+Xk7ejlIO3u4u7x8ugg5O3/OiDv7uvo8ujq4Cwg/eru7e7s6OrgLCDx7+7w8iDoIOrz6/zy8/DgLg==',
  ],
  [
    'koi8-r',
    'Главная страница. Последние новости дня: политика, экономика, спорт и культура.',
    '58zB187B0SDT1NLBzsnDwS4g8M/TzMXEzsnFIM7P18/T1MkgxM7ROiDQz8zJ1MnLwSwg3MvPzs/NycvBLCDT0M/S1CDJIMvVzNjU1dLBLg==',
  ],
  [
    'shift_jis',
    '東京で新しい展覧会が開かれました。多くの人が訪れています。',
    'k4yLnoLFkFaCtYKik1eXl4nvgqqKSoKpguqC3IK1gr2BQpG9gq2CzJBsgqqWS4LqgsSCooLcgreBQg==',
  ],
  [
    'euc-jp',
    '東京で新しい展覧会が開かれました。多くの人が訪れています。',
    'xey1/qTHv7ekt6SkxbjN97LxpKyzq6SrpOyk3qS3pL+ho8K/pK+kzr/NpKzLrKTspMakpKTepLmhow==',
  ],
  [
    'iso-2022-jp',
    '東京で新しい展覧会が開かれました。',
    'GyRCRWw1fiRHPzckNyQkRThNdzJxJCwzKyQrJGwkXiQ3JD8hIxsoQg==',
  ],
  [
    'euc-kr',
    '오늘의 주요 뉴스를 전해 드립니다. 서울에서 새로운 전시회가 열렸습니다.',
    'v8C0w8DHIMHWv+QgtLq9urimIMD8x9ggteW4s7TPtNkuILytv++/obytILv1t86/7iDA/L3DyLiwoSC/rbfIvcC0z7TZLg==',
  ],
  [
    'gb18030',
    '今天的主要新闻：北京举行了新的展览，吸引了许多观众前来参观。',
    'vfHM7LXE1vfSqtDCzsWjurGxvqm+2dDQwcvQwrXE1bnAwKOszvzS/cHL0O224Lnb1trHsMC0ss6526Gj',
  ],
  [
    'big5',
    '今天的主要新聞：台北舉行了新的展覽，吸引了許多觀眾前來參觀。',
    'pLWk0aq6pUStbrdzu0ShR6V4pV/BfKbmpEa3c6q6rmnE/aFBp2yk3qRGs1ymaMZbsrOrZajTsNHGW6FD',
  ],
  [
    'windows-1252',
    'Les élèves français étudient à l’école près de la forêt, en été.',
    'TGVzIOls6HZlcyBmcmFu52FpcyDpdHVkaWVudCDgIGyS6WNvbGUgcHLocyBkZSBsYSBmb3LqdCwgZW4g6XTpLg==',
  ],
  [
    'windows-1253',
    'Η κυβέρνηση ανακοίνωσε σήμερα νέα μέτρα για την οικονομία της χώρας.',
    'xyDq9eLd8e3n8+cg4e3h6u/f7fnz5SDz3uzl8eEg7d3hIOzd9PHhIOPp4SD05+0g7+nq7+3v7N/hIPTn8iD3/vHh8i4=',
  ],
  [
    'windows-1255',
    'הממשלה הודיעה היום על צעדים חדשים לחיזוק הכלכלה.',
    '5O7u+ezkIOTl4+ny5CDk6eXtIPLsIPby4+ntIOfj+entIOzn6ebl9yDk6+zr7OQu',
  ],
  [
    'windows-1256',
    'أعلنت الحكومة اليوم عن إجراءات جديدة لدعم الاقتصاد.',
    'w9rh5Mogx+HN3+bjySDH4e3m4yDa5CDFzNHHwcfKIMzP7c/JIOHP2uMgx+HH3srVx88u',
  ],
];

describe('of a language', () => {
  test.each(SAMPLES)('%s is read where the header says so', async (charset, text, base64) => {
    const page = Buffer.concat([Buffer.from('<title>'), Buffer.from(base64, 'base64')]);
    expect(await textOf(page, `text/html; charset=${charset}`)).toBe(`<title>${text}`);
  });

  test.each(SAMPLES)('%s is read where a late meta element says so', async (charset, text, base64) => {
    const style = `<style>${'a{b:c}'.repeat(5_000)}</style>`;
    const page = Buffer.concat([
      Buffer.from(`<html><head>${style}<meta charset="${charset}"><title>`),
      Buffer.from(base64, 'base64'),
    ]);
    expect(await textOf(page, 'text/html', 1_400)).toContain(`<title>${text}`);
  });

  test.each(SAMPLES)('%s is recognised where nobody says so', async (_charset, text, base64) => {
    const page = Buffer.concat([
      Buffer.from(`<html><head><style>a{b:c}</style></head><body class="main"><a href="/">Home</a><p>`),
      Buffer.from(base64, 'base64'),
      Buffer.from('</p></body></html>'),
    ]);
    expect(await textOf(page)).toContain(`<p>${text}</p>`);
  });
});
