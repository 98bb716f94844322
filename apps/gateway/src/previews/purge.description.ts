import { z } from 'zod';
import { success } from '../openapi/answer-shapes.js';
import { EXAMPLE_SITE, type RouteDescription } from '../openapi/route-description.js';

export const purgeDescription: RouteDescription = {
  id: 'purge',
  group: 'Previews',
  summary: 'Take previews away',
  details: 'From every tier of every gateway. Exactly one of `url`, `host` and `tag`.',
  answers: [
    {
      status: 200,
      what: 'They are gone everywhere.',
      schema: success(
        z.object({
          purged: z
            .int()
            .describe(
              'Pages that were stored of a host or with a tag: 0 says that nothing goes by that name. A page that is named by its URL counts as one in any case.',
            ),
        }),
      ),
    },
  ],
  examples: {
    page: {
      summary: 'A page',
      query: { url: `${EXAMPLE_SITE}/warm-previews` },
      status: 200,
      answer: { status: 'success', data: { purged: 1 } },
    },
    host: {
      summary: 'All pages of a host',
      query: { host: 'kettle.example' },
      status: 200,
      answer: { status: 'success', data: { purged: 12 } },
    },
    tag: {
      summary: 'All pages with a tag',
      query: { tag: 'newsletter' },
      status: 200,
      answer: { status: 'success', data: { purged: 0 } },
    },
  },
  failures: {
    EINVALDATA: {
      when: 'there is none of these, or more than one',
      query: { host: 'kettle.example', tag: 'newsletter' },
      message: 'expected exactly one of url, host and tag',
    },
    EINVALURL: {
      when: 'the URL or the host names none',
      query: { url: 'kettle.example' },
      message: 'The URL is not an absolute URL.',
    },
  },
};
