import { readFileSync } from 'node:fs';

/** Stops or continues a process with all its children: a Postgres is one process for each connection. */
export function signalTree(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(pid, signal);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  for (const child of children === '' ? [] : children.split(' ')) signalTree(Number(child), signal);
}
