import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of another project that we start ourselves. */
export interface Program {
  /** Any of these will do. */
  readonly names: readonly string[];
  /** What brings the first of them on Debian. */
  readonly debianPackage: string;
  /** The system service that comes with the package, if one does, and stays off. */
  readonly service?: string;
}

/** Servers live in sbin, which isn't on everybody's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** Debian's switch for "start no services while packages are installed": exit status 101 says no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** Where a program is: from PATH, else installed by apt where that is ours to do. */
export function findOrInstall(program: Program, say: (line: string) => void): string | undefined {
  const found = find(program);
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return found;
  const service = program.service === undefined ? '' : ' (its system service stays off)';
  say(`no ${program.names[0]} on PATH: installing it with apt-get${service}`);
  install(program);
  return find(program);
}

function find({ names }: Program): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs the program and leaves no service running, now or after the next boot. */
function install({ debianPackage, service }: Program): void {
  const policyIsOurs = !existsSync(POLICY_FILE);
  if (policyIsOurs) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage]);
  } finally {
    if (policyIsOurs) rmSync(POLICY_FILE, { force: true });
  }
  if (service !== undefined) run('update-rc.d', [service, 'disable']);
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 300_000,
  });
}
