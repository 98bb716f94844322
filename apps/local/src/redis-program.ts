import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['redis-server', 'valkey-server'];

/** Debian's switch for "start no services while packages are installed": exit status 101 says no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** The Redis (or Valkey) program: from PATH, else installed by apt where that is ours to do, else a clear word. */
export function redisProgram(say: (line: string) => void): string {
  const found = onPath();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('no redis-server on PATH: installing it with apt-get (its system service stays off)');
    installByApt();
    const installed = onPath();
    if (installed !== undefined) return installed;
  }
  throw new Error(`Warmlink needs redis-server or valkey-server on PATH. ${advice()}`);
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
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
function installByApt(): void {
  const policyIsOurs = !existsSync(POLICY_FILE);
  if (policyIsOurs) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', 'redis-server');
  } finally {
    if (policyIsOurs) rmSync(POLICY_FILE, { force: true });
  }
  run('update-rc.d', ['redis-server', 'disable']);
}

function apt(...args: readonly string[]): void {
  run('apt-get', args);
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 300_000,
  });
}

function advice(): string {
  if (process.platform === 'darwin') return 'Type: brew install redis';
  if (existsSync('/usr/bin/apt-get')) return 'Type: sudo apt-get install redis-server';
  if (existsSync('/sbin/apk')) return 'Type: apk add redis';
  if (existsSync('/usr/bin/dnf')) return 'Type: sudo dnf install valkey';
  return 'Install either with your package manager, or set REDIS_CACHE_URL and REDIS_QUEUE_URL.';
}
