import { expect, test } from '@jest/globals';
import { jobName } from './job-name.js';

test.each([
  [
    { name: 'refresh', data: { key: 'k', url: 'https://a.example/', askedBy: 'me' } },
    'refresh https://a.example/ for me',
  ],
  [{ name: 'scrape', data: { key: 'k', url: 'https://a.example/' } }, 'scrape https://a.example/'],
  [
    { name: 'palette', data: { key: 'k', url: 'https://a.example/', askedBy: 'anonymous' } },
    'palette https://a.example/ for anonymous',
  ],
  [{ name: 'palette', data: { key: 'k' } }, 'palette k'],
  [
    {
      name: 'chunk',
      data: {
        keys: [
          ['k', 3, 0, 0, 0],
          ['l', 4, 0, 0, 0],
        ],
      },
    },
    'chunk of 7 reads of 2 pages',
  ],
  [{ name: 'chunk', data: { keys: [null, ['l'], 'x'] } }, 'chunk of 0 reads of 3 pages'],
  [{ name: 'by hand', data: null }, 'by hand'],
  [{ name: 'by hand', data: { url: 7, askedBy: {} } }, 'by hand'],
  [{}, ''],
])('%j is shown as %p', (job, name) => {
  expect(jobName(job)).toBe(name);
});
