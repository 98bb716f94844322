import { describe, expect, test } from '@jest/globals';
import { ChainCookies } from './chain-cookies.js';

function after(url: string, ...setCookie: string[]): ChainCookies {
  const cookies = new ChainCookies();
  cookies.take(url, setCookie);
  return cookies;
}

describe('the cookies of a chain of redirects', () => {
  test('go back to the host that set them', () => {
    const cookies = after('https://a.example/x', 'seen=1', 'theme=dark; HttpOnly');
    expect(cookies.headerFor('https://a.example/y')).toBe('seen=1; theme=dark');
    expect(cookies.headerFor('http://a.example/y')).toBe('seen=1; theme=dark');
  });

  test('go to no other host, port or subdomain, whatever they say', () => {
    const cookies = after('https://a.example/x', 'seen=1; Domain=example', 'two=2; Domain=.a.example');
    expect(cookies.headerFor('https://b.example/')).toBeUndefined();
    expect(cookies.headerFor('https://www.a.example/')).toBeUndefined();
    expect(cookies.headerFor('https://a.example:8443/')).toBeUndefined();
  });

  test('keep to their path', () => {
    const cookies = after('https://a.example/dir/page', 'here=1', 'deep=2; Path=/dir/sub', 'all=3; path=/');
    expect(cookies.headerFor('https://a.example/dir/other')).toBe('here=1; all=3');
    expect(cookies.headerFor('https://a.example/dir/sub/x')).toBe('here=1; deep=2; all=3');
    expect(cookies.headerFor('https://a.example/directory')).toBe('all=3');
  });

  test('keep to https where they are secure, and are not taken over http then', () => {
    const cookies = after('https://a.example/', 'secret=1; Secure');
    expect(cookies.headerFor('http://a.example/')).toBeUndefined();
    expect(cookies.headerFor('https://a.example/')).toBe('secret=1');
    expect(after('http://a.example/', 'secret=1; Secure').headerFor('https://a.example/')).toBeUndefined();
  });

  test('are replaced, and forgotten when the site says so', () => {
    const cookies = after('https://a.example/', 'a=1', 'a=2', 'b=1', 'c=1');
    cookies.take('https://a.example/', ['b=; Max-Age=0', 'c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
    expect(cookies.headerFor('https://a.example/')).toBe('a=2');
  });

  test('are few, and fit into a header', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `c${index}=1`);
    expect(
      after('https://a.example/', ...many)
        .headerFor('https://a.example/')
        ?.split('; '),
    ).toHaveLength(50);
    const cookies = after(
      'https://a.example/',
      'a=1\x002',
      '=1',
      'nothing',
      '',
      'ü',
      `l=${'x'.repeat(5_000)}`,
    );
    expect(cookies.headerFor('https://a.example/')).toBeUndefined();
  });

  test('may be given', () => {
    const cookies = new ChainCookies();
    cookies.give('https://a.example/deep/page', 'SOCS=CAI; other=1');
    expect(cookies.headerFor('https://a.example/')).toBe('SOCS=CAI; other=1');
    expect(cookies.headerFor('https://b.example/')).toBeUndefined();
  });
});
