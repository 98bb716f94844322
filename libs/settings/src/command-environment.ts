import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** Where `npm start` says which servers it has, seen from the folder that it was started in. */
const LOCAL_SERVERS = '.warmlink/servers.env';

/**
 * The environment of a command that a person runs: what the shell has, and beneath it the servers of an `npm start` in the same folder, so that
 * nobody has to look for them.
 *
 * @returns variables by name
 */
export function commandEnvironment(
  shell: Readonly<Record<string, string | undefined>>,
  file = LOCAL_SERVERS,
): Readonly<Record<string, string | undefined>> {
  return existsSync(file) ? { ...parseEnv(readFileSync(file, 'utf8')), ...shell } : shell;
}
