import { hash, timingSafeEqual } from 'node:crypto';
import type { Role } from './role.js';

/** Which token stands for which role. A token that isn't set stands for none. */
export type RoleTokens = Readonly<Record<Role, string | undefined>>;

/** Tells the role that a secret stands for, in a time that doesn't depend on how much of it is right. */
export class TokenRoles {
  private readonly digests: readonly { readonly role: Role; readonly digest: Buffer }[];

  /**
   * Secrets that were right once: a digest costs as much as the rest of an answer out of memory. One for each token at the most, and good for as long as these are, as what a
   * token stands for never changes within this object's life. What time a look-up takes tells nothing of them: V8 compares texts whose seeded hashes are the same, and no others.
   */
  private readonly proven = new Map<string, Role>();

  constructor(tokens: RoleTokens) {
    this.digests = (Object.entries(tokens) as [Role, string | undefined][]).flatMap(([role, token]) =>
      token === undefined ? [] : [{ role, digest: digestOf(token) }],
    );
  }

  roleOf(secret: string): Role | undefined {
    const proven = this.proven.get(secret);
    if (proven !== undefined) return proven;
    const digest = digestOf(secret);
    const role = this.digests.find((known) => timingSafeEqual(known.digest, digest))?.role;
    if (role !== undefined) this.proven.set(secret, role);
    return role;
  }
}

/** Equal lengths, as timingSafeEqual needs them. */
function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
