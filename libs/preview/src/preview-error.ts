/** The closed table of codes that a client can meet; apps/gateway gives each its HTTP status. */
export type ErrorCode =
  | 'EINVALURL'
  | 'EINVALTTL'
  | 'EINVALSTTL'
  | 'EINVALDATA'
  | 'EFORBIDDENURL'
  | 'EAUTH'
  | 'EFORBIDDEN'
  | 'ERATE'
  | 'EUNREACHABLE'
  | 'EORIGINTIMEOUT'
  | 'ENOTFOUND'
  | 'EORIGINSTATUS'
  | 'EMAXREDIRECTS'
  | 'ETOOLARGE'
  | 'ENOTPREVIEWABLE'
  | 'EDECODE'
  | 'ETIMEOUT'
  | 'EBUSY'
  | 'EUNAVAILABLE'
  | 'ENOROUTE'
  | 'EMETHOD'
  | 'EBODY'
  | 'ETOOLARGEBODY'
  | 'EFATAL';

/** A failure that has a name in the contract. `message` is written for the caller and holds no secret. */
export class PreviewError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The caller's URL can't name a page. */
export class InvalidUrl extends PreviewError {
  constructor(why: string) {
    super('EINVALURL', `The URL ${why}.`);
  }
}

/** The caller's deadline passed and nothing was there; the scrape goes on. */
export class ReadTimedOut extends PreviewError {
  constructor(waitMs: number) {
    super(
      'ETIMEOUT',
      `No preview within ${waitMs} ms. The scrape goes on: ask again to join it, not to start another.`,
    );
  }
}

/** The queue takes no scrape now: it can't be reached, or too many wait. */
export class QueueBusy extends PreviewError {
  constructor(options?: ErrorOptions) {
    super('EBUSY', 'No scrape can be queued at the moment.', options);
  }
}

/** The queue's Redis doesn't answer in time. */
export class QueueAway extends PreviewError {
  constructor(options?: ErrorOptions) {
    super('EBUSY', 'The queue can not be reached at the moment.', options);
  }
}

/** Neither a cache nor the database answered. */
export class StoresUnavailable extends PreviewError {
  constructor(options?: ErrorOptions) {
    super('EUNAVAILABLE', 'None of the stores can be reached.', options);
  }
}
