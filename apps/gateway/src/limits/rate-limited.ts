import { PreviewError } from '#libs/preview';

/** The caller has had all that he may have in this minute. */
export class RateLimited extends PreviewError {
  /** @param retryAfterS when there is more, in seconds */
  constructor(readonly retryAfterS: number) {
    super('ERATE', 'The limit of requests is reached. Retry-After says when there are more.');
  }
}
