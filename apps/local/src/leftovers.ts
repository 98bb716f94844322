import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** How long a leftover may take to end before it is killed, in ms. */
const PATIENCE_MS = 10_000;

/**
 * Stops what an earlier launcher left running when it was killed. A pid alone proves nothing, as the system gives
 * numbers out again: a process counts only if its command line names a path of ours.
 *
 * @param runFolder holds one `<name>.pid` for each process
 * @param ownPaths one of them stands in the command line of every process that we start
 */
export async function stopLeftovers(
  runFolder: string,
  ownPaths: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  mkdirSync(runFolder, { recursive: true });
  const files = readdirSync(runFolder).filter((file) => file.endsWith('.pid'));
  await Promise.all(
    files.map(async (file) => {
      const path = join(runFolder, file);
      const pid = Number(readFileSync(path, 'utf8'));
      if (isOurs(pid, ownPaths)) {
        say(`stopping ${file.replace('.pid', '')} (pid ${pid}), left over from an earlier start`);
        await stop(pid, ownPaths);
      }
      rmSync(path, { force: true });
    }),
  );
}

/** Whether a process is alive and was started by us. */
export function isOurs(pid: number, ownPaths: readonly string[]): boolean {
  const command = commandLine(pid);
  return command !== undefined && ownPaths.some((path) => command.includes(path));
}

async function stop(pid: number, ownPaths: readonly string[]): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  signal(pid, 'SIGINT'); // Postgres's "fast" shutdown; to the others the same as SIGTERM
  while (isOurs(pid, ownPaths)) {
    if (Date.now() > deadline) signal(pid, 'SIGKILL');
    await pause(50);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended meanwhile
  }
}

function commandLine(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  try {
    if (existsSync('/proc/self/cmdline')) {
      // A zombie has an empty command line, and counts as ended.
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') || undefined;
    }
    return (
      execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}
