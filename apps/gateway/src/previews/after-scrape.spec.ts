import { describe, expect, test } from '@jest/globals';
import { afterScrape, type ScrapeEnding } from './after-scrape.js';

const after = (given: Partial<ScrapeEnding>) =>
  afterScrape({ foundVersion: 5, seenVersion: 5, insist: false, wasHeard: true, isTimeLeft: true, ...given });

describe('after a scrape', () => {
  test('what is newer is the answer, whether or not the end was heard of and however late it is', () => {
    expect(after({ foundVersion: 6 })).toBe('renewed');
    expect(after({ foundVersion: 1, seenVersion: null })).toBe('renewed');
    expect(after({ foundVersion: 6, wasHeard: false, isTimeLeft: false, insist: true })).toBe('renewed');
  });

  test('an unchanged copy is the answer where the worker saw no need to visit', () => {
    expect(after({})).toBe('still-fresh');
    expect(after({ isTimeLeft: false })).toBe('still-fresh');
  });

  test('who insists asks again when the job that he joined was content with less, while there is time', () => {
    expect(after({ insist: true })).toBe('ask-again');
    expect(after({ foundVersion: undefined, seenVersion: null })).toBe('ask-again');
    expect(after({ insist: true, isTimeLeft: false })).toBe('too-late');
  });

  test('without news and without a newer copy it is too late', () => {
    expect(after({ wasHeard: false })).toBe('too-late');
    expect(after({ foundVersion: undefined, wasHeard: false })).toBe('too-late');
  });
});
