import { describe, expect, test } from '@jest/globals';
import { cpuCost } from '../../../../test/support/cpu-cost.js';
import { productToken, robotsRules } from './robots-rules.js';

const ORIGIN = 'https://example.com';

function judge(text: string, path = '/') {
  return robotsRules(ORIGIN, text, 'Warmlink')(ORIGIN + path);
}

describe('the rules of a robots.txt', () => {
  test.each([
    ['nothing at all', '', '/', true],
    ['a page instead', '<!doctype html><title>Not found</title>', '/', true],
    ['all robots out', 'User-agent: *\nDisallow: /', '/', false],
    ['a folder closed', 'User-agent: *\nDisallow: /private/', '/private/page', false],
    ['another folder closed', 'User-agent: *\nDisallow: /private/', '/public', true],
    ['a longer rule that opens', 'User-agent: *\nDisallow: /a/\nAllow: /a/open', '/a/open?x=1', true],
    ['two rules alike, of which the open one wins', 'User-agent: *\nDisallow: /a\nAllow: /a', '/a', true],
    ['a group of our own', 'User-agent: *\nDisallow: /\n\nuser-agent: WARMLINK/9\nAllow: /', '/', true],
    ['only others out', 'User-agent: OtherBot\nDisallow: /', '/', true],
    ['wildcards', 'User-agent: *\nDisallow: /*.pdf$', '/a/b.pdf', false],
    ['an end that is not there', 'User-agent: *\nDisallow: /*.pdf$', '/a/b.pdf?x', true],
    ['lines ended by CR alone', 'User-agent: *\rDisallow: /', '/', false],
  ])('with %s', (_what, text, path, isAllowed) => {
    expect(judge(text, path).isAllowed).toBe(isAllowed);
  });

  test.each([
    ['Crawl-delay: 2', 2_000],
    ['Crawl-delay: 0.5', 500],
    ['Crawl-delay: 3600', 30_000],
    ['Crawl-delay: -1', 0],
    ['Crawl-delay: soon', 0],
    ['Disallow:', 0],
  ])('%s spaces visits', (line, crawlDelayMs) => {
    expect(judge(`User-agent: *\n${line}`)).toEqual({ isAllowed: true, crawlDelayMs });
  });

  test('that would take seconds to compare keep us away at once', async () => {
    const text = `User-agent: *\n${`Allow: /${'*a'.repeat(200)}\n`.repeat(1_000)}`;
    const cost = await cpuCost(() => expect(judge(text, `/${'a'.repeat(4_000)}`).isAllowed).toBe(false));
    expect(cost).toBeLessThan(40);
  });
});

test.each([
  ['Warmlink/0.1 (link previews)', 'Warmlink'],
  ['Our_Bot', 'Our_Bot'],
  ['(nameless)', '*'],
])('the product token of %s is %s', (userAgent, token) => {
  expect(productToken(userAgent)).toBe(token);
});
