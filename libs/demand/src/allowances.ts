/** What someone has had of his share within a window. */
export interface Allowance {
  used: number;
}

/** The allowances of a window, one for each name; those who come when there are too many names share one. */
export class Allowances {
  private readonly byName = new Map<string, Allowance>();
  private readonly latecomers: Allowance = { used: 0 };

  /** @param maxNames most names that have one of their own */
  constructor(private readonly maxNames: number) {}

  of(name: string): Allowance {
    const held = this.byName.get(name);
    if (held !== undefined) return held;
    if (this.byName.size >= this.maxNames) return this.latecomers;
    const allowance = { used: 0 };
    // A copy: V8 cuts a host out of its URL by pointing into it, and a held host would hold the whole of it.
    this.byName.set(Buffer.from(name).toString(), allowance);
    return allowance;
  }
}
