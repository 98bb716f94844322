import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { giveWay } from '../../../apps/local/src/give-way.js';

export interface OpenLoopLoad {
  /** Requests, as `Wrk` writes them down. */
  readonly file: string;
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Times in ms from the moment that a request was due, whether or not it could be sent then. */
export interface OpenLoopResult {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly failed: number;
}

/** Niceness of readers: that they come late to a processor which they share is not to be measured. Without the right to it they wait. */
const PRECEDENCE = -10;

/** Readers who come at their own times, whether or not those before them have been answered; in a process of their own. */
export class OpenLoop {
  private readonly child: ChildProcess = fork(join(import.meta.dirname, 'open-loop.child.js'), {
    detached: true, // in a session of its own, which is what precedence goes by
  });

  constructor() {
    giveWay(this.child.pid!, PRECEDENCE);
  }

  async run(load: OpenLoopLoad): Promise<OpenLoopResult> {
    this.child.send(load);
    const [result] = (await once(this.child, 'message')) as [OpenLoopResult];
    return result;
  }

  async stop(): Promise<void> {
    this.child.disconnect();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}
