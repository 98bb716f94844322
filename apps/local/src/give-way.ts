import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Has a process that was started just now give way to others where processors are few, as far as the system knows how.
 *
 * @param niceness as `nice` counts it: from 0, which is usual, to 19. Below 0, down to -20, it goes before others, which takes the right to that
 */
export function giveWay(pid: number, niceness: number): void {
  // Of its first thread, and of those that it begins from now on. Who is nicer already may not be made less so.
  asFarAsAllowed(() => setPriority(pid, niceness));
  // Among sessions Linux shares a processor by their own niceness, and goes by that of a process only within its session: sched(7), autogroup.
  asFarAsAllowed(() => writeFileSync(`/proc/${pid}/autogroup`, String(niceness)));
}

function asFarAsAllowed(action: () => void): void {
  try {
    action();
  } catch {
    // what is slower than it could be works all the same
  }
}
