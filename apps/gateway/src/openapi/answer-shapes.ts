import { z } from 'zod';

/** How all successes are wrapped. */
export const success = <Data extends z.ZodType>(data: Data) =>
  z.object({ status: z.literal('success'), data });

/** How it is told that something goes on. */
export const pending = <Data extends z.ZodType>(data: Data) =>
  z.object({ status: z.literal('pending'), data });
