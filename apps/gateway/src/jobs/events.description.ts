import { z } from 'zod';
import {
  type Answer,
  EXAMPLE_ID,
  type Failure,
  type RouteDescription,
} from '../openapi/route-description.js';
import { batchDescription, jobDescription } from './jobs.description.js';
import { eventText } from './progress-events.js';

const EVENTS_TYPE = 'text/event-stream';

const DETAILS =
  '`state` when that has changed, `progress` when anything else has, `outcome` at the end, which is the end of the stream. Each holds the whole of it. With `Last-Event-ID` what was seen last is not told again, at whichever gateway. A comment comes when nothing else did for 15 seconds; a stream ends after 15 minutes.';

const ANSWERS: readonly Answer[] = [
  { status: 200, what: 'Server-sent events, as it goes.', mediaType: EVENTS_TYPE, schema: z.string() },
];

/** A stream that has nothing to tell but the end, of what the route without `/events` shows. */
function outcomeOf(answer: unknown): string {
  const { data } = answer as { readonly data: { readonly state: string } };
  return `retry: 2000\n\n${eventText(data, true)}`;
}

const missing = (kind: string): { readonly ENOROUTE: Failure } => ({
  ENOROUTE: {
    when: `there is no such ${kind}, or none any more`,
    path: { id: '00000000-0000-4000-8000-000000000000' },
    message: `There is no ${kind} with this id.`,
  },
});

export const jobEventsDescription: RouteDescription = {
  id: 'followJob',
  group: 'Jobs',
  summary: 'How a scrape goes, as it goes',
  details: DETAILS,
  path: { id: 'As the answer to a read that was cut short has it.' },
  answers: ANSWERS,
  examples: {
    outcome: {
      summary: 'A scrape that is done',
      path: { id: EXAMPLE_ID },
      status: 200,
      answer: outcomeOf(jobDescription.examples['job']?.answer),
    },
  },
  failures: missing('job'),
};

export const batchEventsDescription: RouteDescription = {
  id: 'followBatch',
  group: 'Jobs',
  summary: 'How a list of pages goes, as it goes',
  details: DETAILS,
  path: { id: 'As the answer to the order has it.' },
  answers: ANSWERS,
  examples: {
    outcome: {
      summary: 'A list that is done',
      path: { id: EXAMPLE_ID },
      status: 200,
      answer: outcomeOf(batchDescription.examples['batch']?.answer),
    },
  },
  failures: missing('batch'),
};
