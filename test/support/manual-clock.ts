import { Clock } from '#libs/preview';

/** Time that stands still until a test moves it. */
export class ManualClock extends Clock {
  constructor(private time = 1_800_000_000_000) {
    super();
  }

  override now(): number {
    return this.time;
  }

  advance(ms: number): void {
    this.time += ms;
  }
}
