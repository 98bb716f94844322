import { PreviewError, type ScrapeFailure } from '#libs/preview';

/** The stored outcome of a scrape that found no page, on its way to a reader. */
export class OriginFailed extends PreviewError {
  constructor(
    readonly url: string,
    readonly failure: ScrapeFailure,
  ) {
    super(failure.code, failure.reason);
  }
}
