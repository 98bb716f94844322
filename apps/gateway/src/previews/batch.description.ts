import { z } from 'zod';
import { success } from '../openapi/answer-shapes.js';
import { EXAMPLE_SITE, type RouteDescription } from '../openapi/route-description.js';
import { LINES_TYPE } from './accepts-lines.js';

const answerShape = z
  .looseObject({
    index: z.int().describe('Place in the list, from 0.'),
    url: z
      .string()
      .describe('As it was asked for; an entry that is no text as `null`, `42`, `[…]` or `{…}`.'),
    httpStatus: z.int().describe('What a read of it alone would have been answered with.'),
    cacheStatus: z.string().describe('Its `x-cache-status`.'),
    status: z.enum(['success', 'pending', 'fail', 'error']),
  })
  .describe('And the body of a read of this URL alone.');

const PAGE = `${EXAMPLE_SITE}/warm-previews`;

/** The page's own answer, in both forms. */
const FIRST = {
  index: 0,
  url: PAGE,
  httpStatus: 200,
  cacheStatus: 'HIT',
  status: 'success',
  data: { title: 'How we keep previews warm' },
  statusCode: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  redirects: [],
};

export const batchDescription: RouteDescription = {
  id: 'readPreviews',
  group: 'Previews',
  summary: 'The previews of up to 1,000 pages',
  details:
    'What is known is had at once; the others are scraped, and `wait` says for how long. A page that fails has its own error, as has an entry that is no URL or no text, and the others have their previews. With `Accept: application/x-ndjson` there is a line for each as it gets ready. A limit on reads counts each page.',
  answers: [
    {
      status: 200,
      what: 'All of them, in the order of the list.',
      schema: success(z.object({ total: z.int(), previews: z.array(answerShape) })),
    },
    { status: 200, what: 'One on each line.', mediaType: LINES_TYPE, schema: z.string() },
  ],
  examples: {
    two: {
      summary: 'A page, and a URL that names none',
      body: { urls: [PAGE, 'mailto:ada@kettle.example'], filter: ['title'], meta: false },
      status: 200,
      answer: {
        status: 'success',
        data: {
          total: 2,
          previews: [
            FIRST,
            {
              index: 1,
              url: 'mailto:ada@kettle.example',
              httpStatus: 400,
              cacheStatus: 'MISS',
              status: 'fail',
              code: 'EINVALURL',
              message: 'The URL is not http or https.',
              more: 'Asking the same again gives the same answer.',
              id: 'req-1',
              data: {},
            },
          ],
        },
      },
    },
    lines: {
      summary: 'The same as lines',
      body: { urls: [PAGE], filter: ['title'], meta: false },
      status: 200,
      mediaType: LINES_TYPE,
      answer: `${JSON.stringify(FIRST)}\n`,
    },
  },
  failures: {
    EINVALDATA: {
      when: 'there is no list of 1 to 1,000 URLs, or an option is not valid or not known',
      body: { urls: [] },
      message: 'urls must name at least one page',
    },
  },
};
