import { z } from 'zod';
import { pending } from '../openapi/answer-shapes.js';
import { EXAMPLE_ID, EXAMPLE_SITE, type RouteDescription } from '../openapi/route-description.js';
import { orderShape } from './order-shape.js';

const refreshOrder = orderShape({
  total: z.int().nullable().describe('Pages; null of a host or a tag, whose pages are listed bit by bit.'),
});

export const refreshDescription: RouteDescription = {
  id: 'refresh',
  group: 'Warming',
  summary: 'Have pages visited again',
  details:
    'Though what is stored may be fresh. Of a host or a tag all that is stored; what was visited after the order is left alone.',
  answers: [{ status: 202, what: 'The order is taken.', schema: pending(refreshOrder) }],
  examples: {
    page: {
      summary: 'A page',
      body: { url: `${EXAMPLE_SITE}/warm-previews` },
      status: 202,
      answer: {
        status: 'pending',
        data: {
          id: EXAMPLE_ID,
          href: `/v1/batches/${EXAMPLE_ID}`,
          total: 1,
          duplicates: 0,
          rejected: [],
        },
      },
    },
  },
  failures: {
    EINVALDATA: {
      when: 'there is not exactly one of url, urls, host and tag',
      body: { host: 'kettle.example', tag: 'tonight' },
      message: 'expected exactly one of url, urls, host and tag',
    },
    EINVALURL: {
      when: 'none of the URLs can name a page',
      body: { url: 'mailto:ada@kettle.example' },
      message: 'None of the URLs can name a page. Of the first: The URL is not http or https.',
    },
  },
};
