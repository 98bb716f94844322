import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { giveWay } from './give-way.js';

export interface ManagedProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Who the process runs as, where that is not who we are. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** How far it gives way to others where processors are few, from 0 to 19; by default not at all. */
  readonly niceness?: number | undefined;
  /** Where to note the process down, so that a later start finds it if this one dies with it still running. */
  readonly pidFile?: string;
  readonly onLine: (line: string) => void;
  /** Once aborted, nothing is started any more. What runs goes on: it is stopped in its order. */
  readonly signal?: AbortSignal;
}

/** How the process that is started reports, and how it is found again. */
export type Supervision = Pick<ManagedProcessOptions, 'pidFile' | 'onLine' | 'signal'>;

/** How long a process may take to end before it is killed, in ms. A worker lets its scrapes end, a gateway its readers. */
const STOP_PATIENCE_MS = 30_000;

/** How much of a process's last words is kept for the report of its end. */
const LAST_LINES = 12;

/** A child process with its output line by line. It has a process group of its own: Ctrl-C reaches the launcher alone, which stops the rest in order. */
export class ManagedProcess {
  readonly name: string;
  /** Settles when the process has ended, with a sentence about how. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly lineListeners = new Set<(line: string) => void>();
  private readonly lastLines: string[] = [];
  private running = true;

  constructor(options: ManagedProcessOptions) {
    options.signal?.throwIfAborted();
    this.name = options.name;
    this.child = spawn(options.command, [...options.args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      ...options.user,
    });
    if (options.niceness !== undefined && this.child.pid !== undefined)
      giveWay(this.child.pid, options.niceness);
    this.ended = new Promise<string>((resolve) => {
      this.child.once('error', (error) => resolve(`${this.name} could not be started: ${error.message}`));
      this.child.once('close', (code, signal) =>
        resolve(`${this.name} ended (${signal ?? `status ${code}`})`),
      );
    }).then((how) => {
      this.running = false;
      if (options.pidFile !== undefined) rmSync(options.pidFile, { force: true });
      return how;
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        options.onLine(line);
        this.lastLines.push(line);
        if (this.lastLines.length > LAST_LINES) this.lastLines.shift();
        for (const listener of this.lineListeners) listener(line);
      });
    }
    if (options.pidFile !== undefined && this.child.pid !== undefined) {
      writeFileSync(options.pidFile, String(this.child.pid));
    }
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} was never started`);
    return this.child.pid;
  }

  /** Resolves when a line of output matches; rejects when the process ends before. */
  async waitForLine(pattern: RegExp): Promise<void> {
    let listener: (line: string) => void = () => undefined;
    const seen = new Promise<'seen'>((resolve) => {
      listener = (line) => {
        if (pattern.test(line)) resolve('seen');
      };
      this.lineListeners.add(listener);
    });
    const result = await Promise.race([seen, this.ended]).finally(() => this.lineListeners.delete(listener));
    if (result !== 'seen') throw new Error([result, ...this.lastLines].join('\n  '));
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  /** Asks the process to end, and ends it after a while if it doesn't. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    this.signal(signal);
    const patience = new AbortController();
    const late = pause(STOP_PATIENCE_MS, 'late', { signal: patience.signal }).catch(() => 'ended');
    if ((await Promise.race([this.ended, late])) === 'late') this.signal('SIGKILL');
    patience.abort();
    await this.ended;
  }
}
