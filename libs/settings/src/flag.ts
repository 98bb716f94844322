import { z } from 'zod';

/** A switch. Only the two words count: `1` or `yes` would leave a reader guessing what `0` or `no` mean. */
export const flag = z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true');
