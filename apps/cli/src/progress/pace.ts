/** Time over which a pace is measured, in ms, and most samples in it. */
const WINDOW_MS = 15_000;
const MOST_SAMPLES = 60;

/** How fast something goes, by what was done in the last seconds. Times are monotonic ms. */
export class Pace {
  private readonly samples: { readonly at: number; readonly done: number }[] = [];

  constructor(done: number, at: number) {
    this.samples.push({ at, done });
  }

  note(done: number, at: number): void {
    const last = this.samples.at(-1)!;
    if (this.samples.length > 1 && at - last.at < WINDOW_MS / MOST_SAMPLES) this.samples.pop();
    this.samples.push({ at, done });
    // The last one from before the window stays: the pace is what has been done since.
    while (this.samples.length > 2 && at - this.samples[1]!.at >= WINDOW_MS) this.samples.shift();
  }

  /** In things a second; 0 where nothing is known. */
  get perSecond(): number {
    const [first, last] = [this.samples[0]!, this.samples.at(-1)!];
    return last.at > first.at ? ((last.done - first.done) * 1_000) / (last.at - first.at) : 0;
  }

  /** @returns seconds until `remaining` more are done; undefined where nobody can say */
  secondsFor(remaining: number): number | undefined {
    return this.perSecond > 0 ? remaining / this.perSecond : undefined;
  }
}
