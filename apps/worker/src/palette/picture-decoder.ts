import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { PictureColors } from '#libs/preview';
import type { Decoded } from './decode.child.js';

export interface PictureDecoderOptions {
  /** What the process runs; default: the decoder beside this file. */
  readonly script?: string;
  /** Longest time for one picture, the start of the process included, in ms; default: 4,000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 4_000;

/** After so long (ms) without a picture the process is let go, with the memory that it takes. */
const IDLE_MS = 30_000;

/**
 * Decodes pictures one at a time in a process of its own, which is started when there is one, knows none of our secrets, and is killed when it takes too long: what
 * strangers send may break a decoder, and must not break a worker.
 */
@Injectable()
export class PictureDecoder implements BeforeApplicationShutdown {
  private child: ChildProcess | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly options: PictureDecoderOptions = {}) {}

  /**
   * @returns null for what has no colours, or is no picture
   * @throws when the process broke at it, or had no time
   */
  colorsOf(bytes: Buffer): Promise<PictureColors | null> {
    const turn = this.last.then(() => this.decode(bytes));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  beforeApplicationShutdown(): void {
    this.stop();
  }

  private async decode(bytes: Buffer): Promise<Decoded> {
    clearTimeout(this.idle);
    const child = (this.child ??= this.start());
    const over = new AbortController();
    const { signal } = over;
    const timer = setTimeout(
      () => over.abort(new Error('The decoder took too long.')),
      this.options.timeoutMs ?? TIMEOUT_MS,
    );
    try {
      const heard = once(child, 'message', { signal });
      const ended = once(child, 'exit', { signal }).then(() =>
        Promise.reject(new Error('The decoder broke.')),
      );
      child.send(bytes, (error) => error && child.kill('SIGKILL'));
      const [decoded] = (await Promise.race([heard, ended])) as [Decoded];
      this.idle = setTimeout(() => this.stop(), IDLE_MS).unref();
      return decoded;
    } catch (error) {
      this.stop(); // whatever it does by now, nobody waits for it
      throw error;
    } finally {
      clearTimeout(timer);
      over.abort();
    }
  }

  private start(): ChildProcess {
    const { script = join(import.meta.dirname, 'decode.child.js') } = this.options;
    const child = fork(script, {
      env: { PATH: process.env['PATH'], MALLOC_ARENA_MAX: '2' }, // without what ours has in its environment
      execArgv: ['--max-old-space-size=64'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('error', () => undefined); // it has ended, or never began: who waits hears of it by its exit, or by his clock
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
    });
    child.unref();
    child.channel?.unref();
    return child;
  }

  private stop(): void {
    clearTimeout(this.idle);
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}
