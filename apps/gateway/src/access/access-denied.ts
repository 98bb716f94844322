import { PreviewError } from '#libs/preview';

/** No key where one is needed, or one that nobody holds. */
export class NotAuthenticated extends PreviewError {
  constructor() {
    super('EAUTH', 'This needs a valid key in the x-api-key header.');
  }
}

/** The caller is known and may not do this. */
export class RoleMissing extends PreviewError {
  constructor() {
    super('EFORBIDDEN', 'This key does not have the role that the route needs.');
  }
}
