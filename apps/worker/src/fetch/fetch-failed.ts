import type { OriginErrorCode, ScrapeFailure } from '#libs/preview';

/** The origin gave no page that a preview can be made of. It ends as a stored outcome, never as a failed job. */
export class FetchFailed extends Error {
  readonly failure: ScrapeFailure;

  constructor(
    code: OriginErrorCode,
    reason: string,
    options: { statusCode?: number; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(reason, { cause: options.cause });
    this.name = 'FetchFailed';
    this.failure = {
      kind: 'failure',
      code,
      reason,
      statusCode: options.statusCode ?? null,
      retryAfterMs: options.retryAfterMs ?? null,
    };
  }
}
