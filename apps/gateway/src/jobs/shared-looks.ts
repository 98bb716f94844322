/** Looks at the same thing by many, made once: who asks within a while of another gets what he got. */
export class SharedLooks<Seen> {
  private readonly looks = new Map<string, Promise<Seen>>();

  /** @param forMs how long one look is good for */
  constructor(
    private readonly look: (id: string) => Promise<Seen>,
    private readonly forMs: number,
  ) {}

  at(id: string): Promise<Seen> {
    const known = this.looks.get(id);
    if (known !== undefined) return known;
    const look = this.look(id);
    this.looks.set(id, look);
    // From its end: one that takes long isn't made twice at a time.
    const forget = () => setTimeout(() => this.looks.delete(id), this.forMs).unref();
    look.then(forget, forget);
    return look;
  }
}
