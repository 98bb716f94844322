/** How often the waiting jobs are counted, in ms; in between each process counts what it adds. */
const COUNT_EVERY_MS = 1_000;

/** Whether a queue takes another job. */
export class QueueRoom {
  private waiting = 0;
  private countedAt = Number.NEGATIVE_INFINITY;

  /** @param maxWaiting past so many waiting jobs no further one is taken */
  constructor(
    private readonly count: () => Promise<number>,
    private readonly maxWaiting: number,
  ) {}

  /** Takes room for one more. @returns false where there is none */
  async take(): Promise<boolean> {
    const now = performance.now();
    if (now - this.countedAt > COUNT_EVERY_MS) {
      this.countedAt = now; // first, so that a thousand callers at once count once
      this.waiting = await this.count();
    }
    if (this.waiting >= this.maxWaiting) return false;
    this.waiting += 1;
    return true;
  }
}
