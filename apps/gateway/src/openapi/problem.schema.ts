import { z } from 'zod';
import type { ErrorCode } from '#libs/preview';
import { PROBLEMS } from '../problems.js';

/** What every failure is answered with. */
export const problemShape = z.object({
  status: z.enum(['fail', 'error']).describe("`fail`: the caller's fault, or the link's; `error`: ours."),
  code: z
    .enum(Object.keys(PROBLEMS) as ErrorCode[])
    .describe(
      'Of the two with status 404 `ENOTFOUND` is an origin that lacks the page, which may change; `ENOROUTE` is an address here that names nothing: no route, or an id that no key, job or batch has, whatever it looks like.',
    ),
  message: z.string().describe('For people.'),
  more: z.string().describe('What to expect of asking again.'),
  url: z.string().describe('What was asked for: the path, or the page where its origin is the cause.'),
  id: z.string().describe('Of this request, as in `x-request-id`; it finds a fault of ours in the logs.'),
  data: z.object({
    statusCode: z
      .int()
      .nullable()
      .optional()
      .describe("The origin's status, where it is the cause and answered at all."),
  }),
});
