import type { RequiredRole } from '../access/role.js';

interface Header {
  readonly description: string;
  readonly required: boolean;
  readonly schema: { readonly type: 'string' | 'integer' };
}

const text = (description: string, required = true): Header => ({
  description,
  required,
  schema: { type: 'string' },
});
const number = (description: string, required = true): Header => ({
  description,
  required,
  schema: { type: 'integer' },
});

/** The headers that answers have. */
export const HEADERS: Readonly<Record<string, Header>> = {
  'x-request-id': text('Names the request; it is in the log where something went wrong.'),
  'x-response-time': text('How long the answer took, such as `1.3ms`.'),
  'x-rate-limit-limit': number('Requests a minute; there where the caller has a limit.', false),
  'x-rate-limit-remaining': number('Those that are left in this minute.', false),
  'x-rate-limit-reset': number('When there are more, in seconds since the epoch.', false),
  'cache-status': text(
    'What happened (RFC 9211): a hit and in which tier, or why not, and how long the preview stays fresh.',
  ),
  'x-cache-status': text('`HIT`, `MISS` or `BYPASS`.'),
  'x-cache-ttl': number('For how long the preview stays fresh, in ms.'),
  'cache-control': text('What a cache in front may do with it.'),
  age: number('Since the origin confirmed it, in seconds.'),
  etag: text('Strong, of these bytes; `If-None-Match` with it is answered 304.'),
};

const ON_ALL = ['x-request-id', 'x-response-time'];
const ON_CLOSED = ['x-rate-limit-limit', 'x-rate-limit-remaining', 'x-rate-limit-reset'];

/** Those of an answer, by reference. */
export function headersOf(
  required: RequiredRole | undefined,
  own: readonly string[],
): Readonly<Record<string, unknown>> {
  const names = [...ON_ALL, ...(required === 'open' ? [] : ON_CLOSED), ...own];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
