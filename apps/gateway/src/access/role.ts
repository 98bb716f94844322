import { SetMetadata } from '@nestjs/common';

/** What a caller may do; each role includes those before it. */
export const ROLES = ['reader', 'writer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** What a route asks of its caller: a role, or `open` for probes. */
export type RequiredRole = Role | 'open';

export const REQUIRED_ROLE = 'warmlink:required-role';

/** Declares who may call a route. A route (or its class) that declares nothing is closed to everyone. */
export const RequiresRole = (role: RequiredRole) => SetMetadata(REQUIRED_ROLE, role);

export function includesRole(held: Role, required: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(required);
}

/** Whether a word is one of them: stored ones may come from a version that knows more. */
export function isRole(word: string): word is Role {
  return (ROLES as readonly string[]).includes(word);
}
