import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const EXPECTED = 'expected numbers of processors, such as 1 or 2-3';

/** Most processors of a machine, so that a slip of the pen doesn't name millions. */
const MOST = 8_192;

/** Numbers of processors as Linux tells them, and `taskset` takes them: `1`, or `0,2-3`. */
export const processorList = z.string().refine((list) => numbersIn(list) !== undefined, EXPECTED);

/** A list's processors, one by one. @throws for what isn't one */
export function processorNumbers(list: string): readonly number[] {
  const numbers = numbersIn(list);
  if (numbers === undefined) throw new Error(EXPECTED);
  return numbers;
}

/** Those that a process's first thread may run on, by default this one's. @throws where the system doesn't tell, which is everywhere but on Linux */
export function processorsOf(pid: number | 'self' = 'self'): readonly number[] {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return processorNumbers(list);
}

/** Keeps this process, and what it starts from now on, to these processors. @throws where there is no `taskset`, or no such processor */
export function keepTo(processors: readonly number[]): void {
  taskset(processors.join(','), '--all-tasks');
}

/**
 * Keeps what runs JavaScript here to these processors, and leaves the threads that help it (V8 has some collect garbage) where they are.
 *
 * @throws where there is no `taskset`, or no such processor
 */
export function keepEventLoopTo(processors: string): void {
  taskset(processors); // a process's number is its first thread's
}

function taskset(processors: string, ...options: readonly string[]): void {
  const args = [...options, '--cpu-list', '--pid', processors, String(process.pid)];
  const { status, error, stderr } = spawnSync('taskset', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no way to processors ${processors}: ${error?.message ?? stderr.trim()}`);
}

function numbersIn(list: string): number[] | undefined {
  const ranges = list.split(',').map((part) => /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim()));
  const numbers = ranges.map((range) => {
    const [first, last] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    if (!(first <= last && last < MOST)) return undefined;
    return Array.from({ length: last - first + 1 }, (_, place) => first + place);
  });
  return numbers.includes(undefined) ? undefined : numbers.flatMap((some) => some ?? []);
}
