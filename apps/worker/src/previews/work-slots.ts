/**
 * How much a worker has in hand. Jobs come first and are only counted, as the queue hands out no more than there are slots; what can wait takes its turn while no
 * more than half of them are taken, so that it neither slows a worker down that has all hands full nor keeps others from a slot.
 */
export class WorkSlots {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param size jobs at a time */
  constructor(readonly size: number) {}

  get busy(): number {
    return this.taken;
  }

  /** Does a job. */
  async occupy<T>(work: () => Promise<T>): Promise<T> {
    this.taken += 1;
    return this.end(work());
  }

  /** Does what can wait, in the order in which it came. */
  async occupySpare<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting.length > 0 || !this.isSpare) await new Promise<void>((turn) => this.waiting.push(turn));
    else this.taken += 1;
    return this.end(work());
  }

  private get isSpare(): boolean {
    return this.taken < this.size / 2;
  }

  private async end<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      this.taken -= 1;
      while (this.waiting.length > 0 && this.isSpare) {
        this.taken += 1;
        this.waiting.shift()!();
      }
    }
  }
}
