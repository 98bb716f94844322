import type { WriteStream } from 'node:tty';
import { Pace } from './pace.js';
import { type Progress, progressBar, progressLine } from './progress-line.js';

/** Time between two pictures on a terminal, and between two lines elsewhere, in ms. */
const FRAME_MS = 100;
const LINE_MS = 10_000;

/** Moves to the line's start and clears it. */
const CLEAR = '\r\u001b[2K';

/** Shows on standard error how far it is: a bar that stays where it is on a terminal, else a line now and then. */
export class ProgressDisplay {
  private pace: Pace | undefined;
  private shownAt = Number.NEGATIVE_INFINITY;
  private isShown = false;

  constructor(
    private readonly stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  show(progress: Progress): void {
    const at = this.now();
    if (this.pace === undefined) {
      this.pace = new Pace(progress.done, at);
      if (!this.isTerminal) this.shownAt = at; // nothing has happened yet
    }
    this.pace.note(progress.done, at);
    if (at - this.shownAt < (this.isTerminal ? FRAME_MS : LINE_MS)) return;
    this.shownAt = at;
    const { perSecond } = this.pace;
    const speed = { perSecond, remaining: this.pace.secondsFor(progress.total - progress.done) };
    if (!this.isTerminal) return void this.stream.write(`${progressLine(progress, speed)}\n`);
    this.stream.write(CLEAR + progressBar(progress, speed, (this.stream.columns || 80) - 1, this.hasColor));
    this.isShown = true;
  }

  /** Makes room for other lines. */
  clear(): void {
    if (this.isShown) this.stream.write(CLEAR);
    this.isShown = false;
    if (this.isTerminal) this.shownAt = Number.NEGATIVE_INFINITY;
  }

  private get isTerminal(): boolean {
    return this.stream.isTTY && this.environment['TERM'] !== 'dumb';
  }

  /** https://no-color.org */
  private get hasColor(): boolean {
    return !this.environment['NO_COLOR'];
  }
}
