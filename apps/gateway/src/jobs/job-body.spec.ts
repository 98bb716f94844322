import { describe, expect, test } from '@jest/globals';
import type { FoundJob } from '#libs/jobs';
import { canonicalUrl } from '#libs/preview';
import { jobBody } from './job-body.js';

const AT = Date.UTC(2026, 2, 2, 9, 30);

/** A job that waits; say only what matters. */
function aJob(given: Partial<FoundJob> = {}): FoundJob {
  return {
    id: 'an-id',
    name: 'scrape',
    url: canonicalUrl('http://www.example.com/page'),
    state: 'waiting',
    result: undefined,
    attempts: 0,
    createdAt: AT,
    startedAt: undefined,
    finishedAt: undefined,
    ...given,
  };
}

describe('a job as callers see it', () => {
  test('has every field from the beginning, and the address that is visited first', () => {
    expect(jobBody(aJob())).toEqual({
      id: 'an-id',
      kind: 'job',
      name: 'scrape',
      url: 'https://example.com/page',
      state: 'waiting',
      outcome: null,
      reason: null,
      work: null,
      version: null,
      attempts: 0,
      createdAt: '2026-03-02T09:30:00.000Z',
      startedAt: null,
      finishedAt: null,
    });
  });

  test('says how it ended', () => {
    const result = { outcome: 'ENOTFOUND', reason: 'Not there.', version: 7, work: 'scraped' } as const;
    expect(
      jobBody(aJob({ state: 'completed', result, attempts: 2, startedAt: AT + 1, finishedAt: AT + 2 })),
    ).toMatchObject({
      state: 'completed',
      ...result,
      attempts: 2,
      startedAt: '2026-03-02T09:30:00.001Z',
      finishedAt: '2026-03-02T09:30:00.002Z',
    });
  });

  test('that failed for a fault of ours has a code of the table, too', () => {
    expect(jobBody(aJob({ state: 'failed' }))).toMatchObject({
      outcome: 'EFATAL',
      reason: expect.any(String),
    });
  });
});
