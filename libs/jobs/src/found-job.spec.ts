import { describe, expect, test } from '@jest/globals';
import { canonicalUrl, previewKey } from '#libs/preview';
import { foundJob } from './found-job.js';

const url = canonicalUrl('https://example.com/');
const data = { key: previewKey(url), url, seenVersion: null, insist: false };
const returnvalue = { outcome: 'success', reason: null, version: 1, work: 'scraped' } as const;

/** A job that has been through all of it. */
const ENDED = {
  id: 'an-id',
  name: 'warm',
  data,
  returnvalue,
  attemptsStarted: 2,
  timestamp: 1,
  processedOn: 2,
  finishedOn: 3,
} as const;

describe('a job that is found', () => {
  test.each([
    ['prioritized', 'waiting'],
    ['waiting', 'waiting'],
    ['paused', 'waiting'],
    ['active', 'running'],
    ['delayed', 'delayed'],
    ['completed', 'completed'],
    ['failed', 'failed'],
  ])('is %s for the queue and %s for us', (state, ours) => {
    expect(foundJob(ENDED, state).state).toBe(ours);
  });

  test('says how it ended', () => {
    expect(foundJob(ENDED, 'completed')).toEqual({
      id: 'an-id',
      name: 'warm',
      url,
      state: 'completed',
      result: returnvalue,
      attempts: 2,
      createdAt: 1,
      startedAt: 2,
      finishedAt: 3,
    });
  });

  test('that ended just after its state was read says nothing of it yet', () => {
    expect(foundJob(ENDED, 'active')).toMatchObject({ result: undefined, finishedAt: undefined });
  });
});
