import { z } from 'zod';
import { commandEnvironment } from '#libs/settings';

/** What the command line reads. */
export const cliEnv = {
  /** Where a gateway is. */
  WARMLINK_URL: z
    .url({ protocol: /^https?$/, error: 'expected an http(s) URL' })
    .default('http://127.0.0.1:3000')
    .transform((url) => url.replace(/\/+$/, '')),
  /** The secret of a key, or a token: a reader's to read, a writer's for all else. Not set: none is sent. */
  WARMLINK_KEY: z.string().optional(),
};

/**
 * The shell's variables, and beneath them those of an `npm start` in the same folder. Who names another gateway is not given that one's key: it would be told
 * to a stranger.
 *
 * @returns variables by name
 */
export function cliEnvironment(shell: Readonly<Record<string, string | undefined>>) {
  return shell['WARMLINK_URL'] ? shell : commandEnvironment(shell);
}
