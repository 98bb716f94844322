import type { ErrorCode } from '#libs/preview';
import { PROBLEMS } from '../problems.js';
import type { DeclaredRoute } from './declared-routes.js';
import { EXAMPLE_ID, EXAMPLE_SITE, type ExampleRequest, type Failure } from './route-description.js';

/** Something that may go wrong on a route. */
export type CodedFailure = Failure & { readonly code: ErrorCode };

type ByCode = Readonly<Partial<Record<ErrorCode, Failure>>>;

/** On every route that isn't open. */
const AT_THE_DOOR: ByCode = {
  EAUTH: {
    when: 'there is no key, or one that nobody holds',
    message: 'This needs a valid key in the x-api-key header.',
  },
  ERATE: {
    when: 'the caller has had all that he may have in this minute',
    message: 'The limit of requests is reached. Retry-After says when there are more.',
  },
  EUNAVAILABLE: {
    when: 'what is needed to answer can not be reached: Postgres, and the caches above it',
    message: 'None of the stores can be reached.',
  },
};

/** On those that ask for more than reading. */
const WITH_A_SMALL_KEY: ByCode = {
  EFORBIDDEN: {
    when: 'the key has a smaller role',
    message: 'This key does not have the role that the route needs.',
  },
};

const WITH_A_BODY: ByCode = {
  EBODY: { when: 'the body is no JSON', message: 'The request body is no JSON.' },
  ETOOLARGEBODY: {
    when: 'the body is larger than the route takes',
    message: 'The request body is too large.',
  },
};

const OURS: ByCode = {
  EFATAL: {
    when: 'it is a fault of ours; the id finds it in the logs',
    message: 'Something went wrong here.',
  },
};

/** What isn't on any route. */
export const ELSEWHERE: ByCode = {
  ENOROUTE: { when: 'there is no such path', message: 'There is no such route.' },
  EMETHOD: {
    when: 'the path has other methods; Allow says which',
    message: 'The route does not have this method.',
  },
};

/** All that may go wrong on a route: what follows from what it declares, and what it says itself. */
export function failuresOf({ required, body, description }: DeclaredRoute): readonly CodedFailure[] {
  const isClosed = required !== 'open';
  const all: ByCode = {
    ...(isClosed && AT_THE_DOOR),
    ...(isClosed && required !== 'reader' && WITH_A_SMALL_KEY),
    ...(body !== undefined && WITH_A_BODY),
    ...OURS,
    ...description?.failures,
  };
  return Object.entries(all).map(([code, failure]) => ({ ...failure, code: code as ErrorCode }));
}

/** What a caller is told, as `problem.filter.ts` has it. */
export function problemExample({ code, message, data = {}, ...request }: CodedFailure, path: string) {
  const { status, more } = PROBLEMS[code];
  const isOfOrigin = Object.hasOwn(data as object, 'statusCode');
  const url = isOfOrigin ? (request.query?.['url'] ?? EXAMPLE_SITE) : pathAndQuery(path, request);
  return { status, code, message, more, url, id: EXAMPLE_ID, data };
}

function pathAndQuery(path: string, { path: names = {}, query = {} }: ExampleRequest): string {
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => names[name] ?? EXAMPLE_ID);
  const search = new URLSearchParams(query).toString();
  return search === '' ? filled : `${filled}?${search}`;
}
