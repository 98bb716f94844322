import { z } from 'zod';

/** What is expected of a trial: nothing reaches a private address, all is as anywhere, or it ends with a code. */
const expectation = z.union([z.enum(['block', 'allow', 'block-or-invalid']), z.string().regex(/^E[A-Z]+$/)]);

const addressCase = z.object({ url: z.string(), group: z.string().default(''), expect: expectation });

const named = { name: z.string(), expect: expectation };
/** URLs, each of which redirects to the next. */
const redirecting = z.object({ ...named, hops: z.array(z.string()).min(2) });
/** A page that names other URLs. */
const naming = z.object({ ...named, html: z.string() });
/** What a name stands for, at one look-up after the other. */
const resolving = z.object({ ...named, resolver: z.array(z.array(z.string())).min(1) });

/** Either kind of file, beside whatever else it says of itself. */
export const trialFile = z.union([
  z.object({ cases: z.array(addressCase) }),
  z.object({ chains: z.array(z.union([redirecting, naming, resolving])) }),
]);

export type TrialFile = z.output<typeof trialFile>;
export type AddressCase = z.output<typeof addressCase>;
export type Chain = z.output<typeof redirecting> | z.output<typeof naming> | z.output<typeof resolving>;
