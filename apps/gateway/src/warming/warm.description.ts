import { z } from 'zod';
import { pending } from '../openapi/answer-shapes.js';
import { EXAMPLE_ID, EXAMPLE_SITE, type RouteDescription } from '../openapi/route-description.js';
import { orderShape } from './order-shape.js';

const warmOrder = orderShape({
  at: z.iso.datetime().describe('By when the pages are to be warm.'),
  startsAt: z.iso.datetime().describe('When the first is visited.'),
  total: z.int().describe('Pages.'),
});

export const warmDescription: RouteDescription = {
  id: 'warm',
  group: 'Warming',
  summary: 'Have pages warm by a time',
  details: 'Up to 10,000 pages. What is fresh, and will be at that time, is left alone.',
  answers: [{ status: 202, what: 'The list is taken.', schema: pending(warmOrder) }],
  examples: {
    order: {
      summary: 'Two pages for a newsletter, one of them by a URL that names none',
      body: { urls: [`${EXAMPLE_SITE}/warm-previews`, 'mailto:ada@kettle.example'] },
      status: 202,
      answer: {
        status: 'pending',
        data: {
          id: EXAMPLE_ID,
          href: `/v1/batches/${EXAMPLE_ID}`,
          at: '2026-03-02T08:30:00.000Z',
          startsAt: '2026-03-02T08:30:00.000Z',
          total: 1,
          duplicates: 0,
          rejected: [
            {
              index: 1,
              url: 'mailto:ada@kettle.example',
              code: 'EINVALURL',
              message: 'The URL is not http or https.',
            },
          ],
        },
      },
    },
  },
  failures: {
    EINVALDATA: {
      when: 'there is no list, a field that is not known, or a time that is none or more than 30 days ahead',
      body: { urls: [`${EXAMPLE_SITE}/warm-previews`], at: 'tonight' },
      message:
        'at must be a time such as 2026-03-02T09:30:00Z or 2026-03-02T09:30+01:00, or a number of milliseconds since the epoch',
    },
    EINVALURL: {
      when: 'none of the URLs can name a page',
      body: { urls: ['mailto:ada@kettle.example'] },
      message: 'None of the URLs can name a page. Of the first: The URL is not http or https.',
    },
  },
};
