import {
  EXAMPLE_ID,
  EXAMPLE_SITE,
  type Failure,
  type RouteDescription,
} from '../openapi/route-description.js';
import { pendingReadShape, previewShape } from './preview.schema.js';

const PAGE = `${EXAMPLE_SITE}/warm-previews`;

/** A read that ends with what its origin said, or didn't. */
const ofOrigin = (when: string, url: string, message: string, statusCode: number | null = null): Failure => ({
  when,
  query: { url },
  message,
  data: { statusCode },
});

export const readDescription: RouteDescription = {
  id: 'readPreview',
  group: 'Previews',
  summary: 'The preview of a page',
  details:
    'Out of memory, Redis or Postgres where the page was seen before, and by one scrape, however many ask at once, where it was not. Options may be written in snake_case, too; unknown ones are ignored.',
  answers: [
    {
      status: 200,
      what: 'The preview. Each field is there, `null` where the page does not say, but for those that were left out.',
      schema: previewShape,
      headers: ['cache-status', 'x-cache-status', 'x-cache-ttl', 'cache-control', 'age', 'etag'],
    },
    {
      status: 202,
      what: 'With `wait`: the time is over, and the scrape goes on.',
      schema: pendingReadShape,
      headers: ['x-cache-status', 'cache-control'],
    },
  ],
  examples: {
    page: {
      summary: 'An article',
      query: { url: PAGE },
      status: 200,
      answer: {
        status: 'success',
        data: {
          url: PAGE,
          title: 'How we keep previews warm',
          description: 'A queue, two caches & a forecast.',
          lang: 'en',
          author: 'Ada Byron',
          publisher: 'The Kettle',
          date: '2026-03-02T09:30:00.000Z',
          datePublished: '2026-03-01T08:00:00.000Z',
          dateModified: '2026-03-02T09:30:00.000Z',
          type: null,
          image: {
            url: `${EXAMPLE_SITE}/warm.jpg`,
            type: 'jpg',
            size: 18_204,
            width: 1200,
            height: 630,
            size_pretty: '18.2 kB',
          },
          logo: null,
          favicon: { url: `${EXAMPLE_SITE}/icon-16.png` },
          video: null,
          audio: null,
          iframe: null,
          themeColor: null,
          keywords: null,
        },
        statusCode: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        redirects: [],
      },
    },
    fields: {
      summary: 'Two fields of it',
      query: { url: PAGE, filter: 'url,title' },
      status: 200,
      answer: {
        status: 'success',
        data: { url: PAGE, title: 'How we keep previews warm' },
        statusCode: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        redirects: [],
      },
    },
    pending: {
      summary: 'A page that is slower than the caller has time',
      query: { url: `${EXAMPLE_SITE}/slow`, wait: '50ms' },
      status: 202,
      answer: {
        status: 'pending',
        data: { url: `${EXAMPLE_SITE}/slow` },
        job: { id: EXAMPLE_ID, href: `/v1/jobs/${EXAMPLE_ID}` },
      },
    },
  },
  failures: {
    EINVALURL: {
      when: 'the URL is missing, relative, not http(s), with a user in it, or longer than 4,096 characters',
      query: { url: '/warm-previews' },
      message: 'The URL is not an absolute URL.',
    },
    EINVALTTL: {
      when: '`ttl` is no duration, or out of its bounds',
      query: { url: PAGE, ttl: '1s' },
      message: 'ttl must be a duration such as 90s, 1h or 1d, or a number of milliseconds, within its bounds',
    },
    EINVALSTTL: {
      when: '`staleTtl` is no duration, out of its bounds, or longer than `ttl`',
      query: { url: PAGE, ttl: '1h', staleTtl: '2h' },
      message: 'staleTtl must not be longer than ttl',
    },
    EINVALDATA: {
      when: 'another option is not valid',
      query: { url: PAGE, wait: 'a while' },
      message:
        'wait must be a duration such as 90s, 1h or 1d, or a number of milliseconds, within its bounds',
    },
    EFORBIDDEN: {
      when: '`force` is asked for by less than a writer',
      query: { url: PAGE, force: 'true' },
      message: 'This key does not have the role that the route needs.',
    },
    EFORBIDDENURL: ofOrigin(
      'the page lies at no public address, or on a port that may not be visited',
      'http://10.0.0.1/',
      'The address is not a public one, or its port is not allowed.',
    ),
    EUNREACHABLE: ofOrigin(
      'its name is not known, or nobody answers there',
      'https://closed.kettle.example/',
      'The origin can not be reached (ECONNREFUSED).',
    ),
    EORIGINTIMEOUT: ofOrigin('the origin is too slow', `${EXAMPLE_SITE}/never`, 'The origin was too slow.'),
    ENOTFOUND: ofOrigin(
      'the origin says 404 or 410',
      `${EXAMPLE_SITE}/gone`,
      'The origin answered 404.',
      404,
    ),
    EORIGINSTATUS: ofOrigin(
      'the origin says another status that is no page',
      `${EXAMPLE_SITE}/broken`,
      'The origin answered 500.',
      500,
    ),
    EMAXREDIRECTS: ofOrigin(
      'there are more than 10 redirects, or a circle of them',
      `${EXAMPLE_SITE}/round-and-round`,
      'The origin redirects in a circle.',
    ),
    ETOOLARGE: ofOrigin(
      'the answer is too large to be used',
      `${EXAMPLE_SITE}/endless-headers`,
      "The origin's headers are too long.",
    ),
    ENOTPREVIEWABLE: ofOrigin(
      'it is nothing that has a preview',
      `${EXAMPLE_SITE}/program.exe`,
      'The origin answered with application/octet-stream.',
      200,
    ),
    EDECODE: ofOrigin(
      'its body can not be decoded',
      `${EXAMPLE_SITE}/garbled`,
      'The body can not be decompressed.',
      200,
    ),
    ETIMEOUT: {
      when: 'nothing was there in time; the scrape goes on, and asking again joins it',
      query: { url: `${EXAMPLE_SITE}/slow` },
      message: 'No preview within 25000 ms. The scrape goes on: ask again to join it, not to start another.',
    },
    EBUSY: {
      when: 'too many scrapes wait, or the queue is away',
      query: { url: `${EXAMPLE_SITE}/new` },
      message: 'No scrape can be queued at the moment.',
    },
  },
};
