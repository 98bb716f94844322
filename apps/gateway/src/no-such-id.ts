import { PreviewError } from '#libs/preview';

/**
 * An id that names nothing, or nothing any more. Of the two codes with status 404 it is ENOROUTE: ENOTFOUND says that an origin lacks a page, and
 * that a later visit may find it, whereas this address will stay empty.
 */
export class NoSuchId extends PreviewError {
  constructor(kind: 'job' | 'batch' | 'key') {
    super('ENOROUTE', `There is no ${kind} with this id.`);
  }
}
