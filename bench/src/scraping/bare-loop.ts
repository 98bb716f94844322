import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BareRound } from './bare-loop.child.js';

/** A process that fetches pages and extracts their previews, and does nothing else. */
export class BareLoop {
  private readonly child: ChildProcess = fork(join(import.meta.dirname, 'bare-loop.child.js'));

  /** @returns ms from the first page to the last */
  async scrape(round: BareRound): Promise<number> {
    this.child.send(round);
    const [ms] = (await once(this.child, 'message')) as [number];
    return ms;
  }

  async stop(): Promise<void> {
    this.child.disconnect();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}
