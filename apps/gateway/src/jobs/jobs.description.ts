import { success } from '../openapi/answer-shapes.js';
import { EXAMPLE_ID, EXAMPLE_SITE, type RouteDescription } from '../openapi/route-description.js';
import { batchShape, jobShape } from './jobs.schema.js';

export const jobDescription: RouteDescription = {
  id: 'getJob',
  group: 'Jobs',
  summary: 'How a scrape goes',
  details: 'A completed job is known for an hour, a failed one for a day, and either for less under load.',
  path: { id: 'As the answer to a read that was cut short has it.' },
  answers: [{ status: 200, what: 'What became of it so far.', schema: success(jobShape) }],
  examples: {
    job: {
      summary: 'A scrape that is done',
      path: { id: EXAMPLE_ID },
      status: 200,
      answer: {
        status: 'success',
        data: {
          id: EXAMPLE_ID,
          kind: 'job',
          name: 'scrape',
          url: `${EXAMPLE_SITE}/slow`,
          state: 'completed',
          outcome: 'success',
          reason: null,
          work: 'scraped',
          version: 42,
          attempts: 1,
          createdAt: '2026-03-02T09:30:00.000Z',
          startedAt: '2026-03-02T09:30:00.004Z',
          finishedAt: '2026-03-02T09:30:01.310Z',
        },
      },
    },
  },
  failures: {
    ENOROUTE: {
      when: 'there is no such job, or none any more',
      path: { id: '00000000-0000-4000-8000-000000000000' },
      message: 'There is no job with this id.',
    },
    EBUSY: {
      when: 'the queue can not be reached',
      path: { id: EXAMPLE_ID },
      message: 'The queue can not be reached at the moment.',
    },
  },
};

export const batchDescription: RouteDescription = {
  id: 'getBatch',
  group: 'Jobs',
  summary: 'How a list of pages goes',
  path: { id: 'As the answer to the order has it.' },
  answers: [{ status: 200, what: 'What became of it so far.', schema: success(batchShape) }],
  examples: {
    batch: {
      summary: 'A list that is done',
      path: { id: EXAMPLE_ID },
      status: 200,
      answer: {
        status: 'success',
        data: {
          id: EXAMPLE_ID,
          kind: 'batch',
          reason: 'warm',
          state: 'completed',
          at: '2026-03-02T08:30:00.000Z',
          createdAt: '2026-03-02T08:29:58.120Z',
          total: 2,
          listed: true,
          done: 2,
          running: 0,
          progress: 1,
          outcomes: { success: 1, ENOTFOUND: 1 },
        },
      },
    },
  },
  failures: {
    ENOROUTE: {
      when: 'there is no such batch',
      path: { id: '00000000-0000-4000-8000-000000000000' },
      message: 'There is no batch with this id.',
    },
  },
};
