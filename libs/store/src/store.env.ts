import { z } from 'zod';
import { wholeNumber, patienceMs } from '#libs/settings';

/** Settings of the connection to Postgres. */
export const storeEnv = {
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/./, 'expected postgres://user:password@host:port/database')
    .refine((text) => URL.canParse(text), 'is not a URL'),
  /** Connections of one process at the most. */
  DATABASE_POOL: wholeNumber(2, 200).default(10),
  /** Longest wait for a read that a reader waits for. */
  STORE_DEADLINE: patienceMs.default(500),
};
