/** Room in this process for what takes memory while it is under way. */
export class Room {
  private taken = 0;

  /** @param busy what is thrown where there is no room */
  constructor(
    private readonly most: number,
    private readonly busy: () => Error,
  ) {}

  /** @returns gives the room back; only the first call counts */
  take(amount: number): () => void {
    if (this.taken + amount > this.most) throw this.busy();
    this.taken += amount;
    let isTaken = true;
    return () => {
      if (isTaken) this.taken -= amount;
      isTaken = false;
    };
  }
}
