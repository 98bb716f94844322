import type { ApiKey } from '#libs/store';
import type { KeyShape } from './keys.schema.js';

/** A key as the API shows it. */
export function bodyOfKey({ id, name, role, ending, createdAt, revokedAt }: ApiKey): KeyShape {
  return {
    id,
    name,
    role,
    ending,
    createdAt: new Date(createdAt).toISOString(),
    revokedAt: revokedAt === null ? null : new Date(revokedAt).toISOString(),
  };
}
