import type { ErrorCode } from '#libs/preview';

/** What a code comes to in HTTP. */
export interface Problem {
  readonly statusCode: number;
  /** Whose fault: `fail` is the caller's (or the link's), `error` is ours. */
  readonly status: 'fail' | 'error';
  /** What to expect of asking again. */
  readonly more: string;
}

const NEVER = 'Asking the same again gives the same answer.';
const LATER = 'It may be different when the origin is asked again.';
export const AGAIN = 'Asking the same again can succeed; Retry-After says when.';

/** The contract's closed table: each code with its HTTP status. */
export const PROBLEMS: Readonly<Record<ErrorCode, Problem>> = {
  EINVALURL: { statusCode: 400, status: 'fail', more: NEVER },
  EINVALTTL: { statusCode: 400, status: 'fail', more: NEVER },
  EINVALSTTL: { statusCode: 400, status: 'fail', more: NEVER },
  EINVALDATA: { statusCode: 400, status: 'fail', more: NEVER },
  EBODY: { statusCode: 400, status: 'fail', more: NEVER },
  EFORBIDDENURL: { statusCode: 403, status: 'fail', more: NEVER },
  EAUTH: { statusCode: 401, status: 'fail', more: NEVER },
  EFORBIDDEN: { statusCode: 403, status: 'fail', more: NEVER },
  ERATE: { statusCode: 429, status: 'fail', more: AGAIN },
  EUNREACHABLE: { statusCode: 422, status: 'fail', more: LATER },
  EORIGINTIMEOUT: { statusCode: 422, status: 'fail', more: LATER },
  ENOTFOUND: { statusCode: 404, status: 'fail', more: LATER },
  EORIGINSTATUS: { statusCode: 422, status: 'fail', more: LATER },
  EMAXREDIRECTS: { statusCode: 422, status: 'fail', more: LATER },
  ETOOLARGE: { statusCode: 422, status: 'fail', more: LATER },
  ENOTPREVIEWABLE: { statusCode: 422, status: 'fail', more: LATER },
  EDECODE: { statusCode: 422, status: 'fail', more: LATER },
  ETIMEOUT: { statusCode: 504, status: 'error', more: AGAIN },
  EBUSY: { statusCode: 503, status: 'error', more: AGAIN },
  EUNAVAILABLE: { statusCode: 503, status: 'error', more: AGAIN },
  ENOROUTE: { statusCode: 404, status: 'fail', more: NEVER },
  EMETHOD: { statusCode: 405, status: 'fail', more: NEVER },
  ETOOLARGEBODY: { statusCode: 413, status: 'fail', more: NEVER },
  EFATAL: { statusCode: 500, status: 'error', more: 'The id finds the cause in the logs.' },
};
