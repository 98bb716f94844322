import { existsSync } from 'node:fs';
import { findOrInstall } from './apt-install.js';

const REDIS = {
  names: ['redis-server', 'valkey-server'],
  debianPackage: 'redis-server',
  service: 'redis-server',
};

/** The Redis (or Valkey) program: from PATH, else installed by apt where that is ours to do, else a clear word. */
export function redisProgram(say: (line: string) => void): string {
  const program = findOrInstall(REDIS, say);
  if (program === undefined)
    throw new Error(`Warmlink needs redis-server or valkey-server on PATH. ${advice()}`);
  return program;
}

function advice(): string {
  if (process.platform === 'darwin') return 'Type: brew install redis';
  if (existsSync('/usr/bin/apt-get')) return 'Type: sudo apt-get install redis-server';
  if (existsSync('/sbin/apk')) return 'Type: apk add redis';
  if (existsSync('/usr/bin/dnf')) return 'Type: sudo dnf install valkey';
  return 'Install either with your package manager, or set REDIS_CACHE_URL and REDIS_QUEUE_URL.';
}
