import { z } from 'zod';
import { ROLES } from '../access/role.js';

/** Longest name of a key, in characters. */
const LONGEST_NAME = 100;

/** What people call a key; no control characters, which would spoil a list in a terminal. */
export const keyName = z
  .string('name must be a text')
  .trim()
  .min(1, 'name must say whose key it is')
  .max(LONGEST_NAME, `name must not be longer than ${LONGEST_NAME} characters`)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'name must not hold control characters');

export const keyRole = z.enum(ROLES, `role must be one of ${ROLES.join(', ')}`);

export const keyBody = z.strictObject(
  { name: keyName, role: keyRole },
  'the body must have a name and a role',
);

export type KeyBody = z.output<typeof keyBody>;

/** A key as the API shows it. */
export const keyShape = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  ending: z.string().describe('The last characters of its secret.'),
  createdAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().nullable(),
});

export type KeyShape = z.output<typeof keyShape>;
