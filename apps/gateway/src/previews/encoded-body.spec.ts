import { describe, expect, test } from '@jest/globals';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { bodyText } from '#libs/preview';
import { EncodedBody, preferredCoding, type Representation } from './encoded-body.js';

const BODY = { status: 'success', data: { title: 'Bücher & more', description: 'word '.repeat(400) } };
const CODINGS = ['br', 'gzip', 'identity'] as const;

const decode = {
  br: (bytes: Buffer) => brotliDecompressSync(bytes),
  gzip: (bytes: Buffer) => gunzipSync(bytes),
  identity: (bytes: Buffer) => bytes,
};
const jsonIn = ({ coding, text }: Representation): unknown =>
  JSON.parse(decode[coding](Buffer.from(text, 'latin1')).toString());

describe('the coding of an answer', () => {
  test.each([
    ['nothing said', undefined, 'identity'],
    ['an empty list', '', 'identity'],
    ['all that browsers take', 'gzip, deflate, br, zstd', 'br'],
    ['gzip alone', 'gzip', 'gzip'],
    ['any case, and spaces', ' GZIP ; Q=1 ,BR', 'br'],
    ['weights, where ours decide', 'br;q=0.1, gzip;q=1.0', 'br'],
    ['no brotli', 'br;q=0, gzip', 'gzip'],
    ['no brotli, to three places', 'br;q=0.000, gzip;q=0.001', 'gzip'],
    ['anything', '*', 'br'],
    ['anything but brotli', 'br;q=0, *', 'gzip'],
    ['nothing but gzip', 'gzip, *;q=0', 'gzip'],
    ['nothing else', '*;q=0', 'identity'],
    ['codings that are not ours', 'deflate, zstd', 'identity'],
  ])('%s: "%s" gives %s', (_what, acceptEncoding, coding) => {
    expect(preferredCoding(acceptEncoding)).toBe(coding);
  });
});

describe('an encoded body', () => {
  test('says the same in every coding, and less is sent', () => {
    const body = new EncodedBody(bodyText(BODY));
    const sent = CODINGS.map((coding) => body.in(coding));
    expect(sent.map(({ coding }) => coding)).toEqual(CODINGS);
    expect(sent.map(jsonIn)).toEqual(CODINGS.map(() => BODY));
    const [br, gzip, identity] = sent.map(({ text }) => text.length);
    expect(Math.max(br!, gzip!)).toBeLessThan(identity!);
  });

  test('has a strong ETag of its own in each coding', () => {
    const body = new EncodedBody(bodyText(BODY));
    const etags = CODINGS.map((coding) => body.in(coding).etag);
    expect(new Set(etags).size).toBe(CODINGS.length);
    for (const etag of etags) expect(etag).toMatch(/^"[\w-]+"$/);
  });

  test('the same content has the same ETags on every gateway, other content has others', () => {
    const etagOf = (body: unknown) => new EncodedBody(bodyText(body)).in('br').etag;
    expect(etagOf(structuredClone(BODY))).toBe(etagOf(BODY));
    expect(etagOf({ ...BODY, status: 'other' })).not.toBe(etagOf(BODY));
  });

  test('is encoded once, however many ask for it', () => {
    const body = new EncodedBody(bodyText(BODY));
    expect(body.in('gzip')).toBe(body.in('gzip, deflate'));
  });

  test('a small one is sent as it is, whatever the caller takes', () => {
    const small = new EncodedBody(bodyText({ status: 'success' }));
    const { coding, text, etag } = small.in('gzip, br');
    expect([coding, text]).toEqual(['identity', '{"status":"success"}']);
    expect(small.in(undefined).etag).toBe(etag);
  });
});
