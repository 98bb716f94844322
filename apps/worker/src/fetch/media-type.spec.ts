import { describe, expect, test } from '@jest/globals';
import { essence, mediaTypeOf } from './media-type.js';

const typeOf = (contentType: string | undefined, start: string) =>
  mediaTypeOf(contentType, Buffer.from(start, 'latin1'));

describe('the media type', () => {
  test.each([
    ['', '  <!DOCTYPE html><title>', 'text/html'],
    ['', '\xef\xbb\xbf<html>', 'text/html'],
    ['*/*', '<!-- x --><p>', 'text/html'],
    ['', '<?xml version="1.0"?><html xmlns="x">', 'application/xhtml+xml'],
    ['', '<?xml version="1.0"?><rss>', 'application/xml'],
    ['', '<rss version="2.0">', 'application/xml'],
    ['', '{"a":1}', 'application/json'],
    ['', 'Some words', 'text/plain'],
    ['', 'Some\0words', 'application/octet-stream'],
    ['', '', 'application/octet-stream'],
    ['nonsense', '<html>', 'text/html'],
  ])('where "%s" is declared, of %j is %s', (contentType, start, type) => {
    expect(typeOf(contentType, start)).toBe(type);
  });

  test.each([
    ['text/html', '%PDF-1.7', 'text/html'],
    ['Text/HTML; charset=utf-8', '\x89PNG\r\n\x1a\n', 'text/html'],
    ['text/plain', '<html>', 'text/plain'],
    ['application/octet-stream', '<html>', 'application/octet-stream'],
    ['text/plain', 'BMW is a maker of cars', 'text/plain'],
    ['application/vnd.oasis.opendocument.text', 'PK\x03\x04', 'application/vnd.oasis.opendocument.text'],
    ['audio/ogg', 'OggS\0', 'audio/ogg'],
    ['video/x-matroska', '\x1a\x45\xdf\xa3', 'video/x-matroska'],
  ])('%s stays what it is declared as, whatever %j looks like', (contentType, start, type) => {
    expect(typeOf(contentType, start)).toBe(type);
  });

  test.each([
    ['text/plain', '%PDF-1.7', 'application/pdf'],
    ['image/jpeg', '\x89PNG\r\n\x1a\n', 'image/png'],
    ['application/octet-stream', 'GIF89a', 'image/gif'],
    ['image/jpeg', 'RIFF\0\0\0\0WEBP', 'image/webp'],
    ['', '\0\0\0\x1cftypavif', 'image/avif'],
    ['audio/x-m4a', '\0\0\0\x1cftypisom', 'audio/mp4'],
    ['', '\0\0\0\x1cftypisom', 'video/mp4'],
  ])('where %s is declared, the signature in %j counts more', (contentType, start, type) => {
    expect(typeOf(contentType, start)).toBe(type);
  });
});

test('the essence of a Content-Type is its type in lower case', () => {
  expect(essence(' Text/HTML ;charset=x')).toBe('text/html');
  expect(['', 'html', 'a/b/c', '<b>/x', undefined].map(essence)).toEqual(['', '', '', '', '']);
});
