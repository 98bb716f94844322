import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from './role.js';

/** Which token stands for which role. A token that isn't set stands for none. */
export type RoleTokens = Readonly<Record<Role, string | undefined>>;

/** Tells the role that a secret stands for, in a time that doesn't depend on how much of it is right. */
export class TokenRoles {
  private readonly digests: readonly { readonly role: Role; readonly digest: Buffer }[];

  constructor(tokens: RoleTokens) {
    this.digests = (Object.entries(tokens) as [Role, string | undefined][]).flatMap(([role, token]) =>
      token === undefined ? [] : [{ role, digest: digestOf(token) }],
    );
  }

  roleOf(secret: string): Role | undefined {
    const digest = digestOf(secret);
    return this.digests.find((known) => timingSafeEqual(known.digest, digest))?.role;
  }
}

/** Equal lengths, as timingSafeEqual needs them. */
function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
