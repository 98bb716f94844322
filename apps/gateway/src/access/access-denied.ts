import { PreviewError } from '#libs/preview';

/** No key where one is needed, or one that nobody holds. */
export class NotAuthenticated extends PreviewError {
  constructor(how = 'This needs a valid key in the x-api-key header.') {
    super('EAUTH', how);
  }
}

/** The caller is known and may not do this. */
export class RoleMissing extends PreviewError {
  constructor() {
    super('EFORBIDDEN', 'This key does not have the role that the route needs.');
  }
}
