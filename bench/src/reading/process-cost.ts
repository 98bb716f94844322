import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second that Linux counts a process's time in. */
const TICKS_PER_SECOND = 100;

/** CPU time of a process and all that it started, with all their threads, in ns. */
export function cpuNs(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const fields = stat(member);
    const ticks = Number(fields[UTIME]) + Number(fields[UTIME + 1]);
    return sum + (ticks / TICKS_PER_SECOND) * 1e9;
  }, 0);
}

/** What of their memory is in use now, in bytes. */
export function residentBytes(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${member}/status`, 'utf8'))?.[1];
    return sum + Number(kilobytes ?? 0) * 1_024;
  }, 0);
}

/** Places in /proc/<pid>/stat, counted from behind the name, which may have spaces. */
const PPID = 1;
const UTIME = 11;

function family(pid: number): readonly number[] {
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = others.filter((other) => parentOf(other) === pid).map(Number);
  return [pid, ...children.flatMap(family)];
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(stat(Number(pid))[PPID]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}

function stat(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
