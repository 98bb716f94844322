/** Most fetches that a host's promise may be behind or ahead: what it didn't use isn't saved up. */
const MOST = 20;

/** What a host that is new may be given at once. */
const FIRST = 1;

/** So many hosts are remembered; the one that was counted longest ago goes first, and begins anew. */
const HOSTS = 10_000;

/** So many of them are stored: those that have the least left. */
const STORED_HOSTS = 1_000;

export type StoredHostBudgets = readonly (readonly [host: string, left: number])[];

/** The promise for each host by itself: a token bucket that is filled by what cache-aside would have fetched from it, and emptied by what was fetched. */
export class HostBudgets {
  private readonly left = new Map<string, number>();

  /** @param share extra load that is allowed on one host: 0.25 is a quarter */
  constructor(private readonly share: number) {}

  /** @throws when it isn't what `store` gave */
  static from(share: number, stored: unknown): HostBudgets {
    if (!isStored(stored)) throw new Error('the stored budgets of hosts are broken');
    const budgets = new HostBudgets(share);
    for (const [host, left] of stored) budgets.left.set(host, left);
    return budgets;
  }

  store(): StoredHostBudgets {
    return [...this.left]
      .toSorted(([, one], [, other]) => one - other)
      .slice(0, STORED_HOSTS)
      .map(([host, left]) => [host, Math.round(left * 1e3) / 1e3]);
  }

  /** Cache-aside would have fetched from it. */
  countAside(host: string, cost: number): void {
    this.add(host, (1 + this.share) * cost);
  }

  /** It was asked, or is about to be; a negative cost gives it back. */
  countFetch(host: string, cost: number): void {
    this.add(host, -cost);
  }

  admits(host: string, cost: number): boolean {
    return this.share > 0 && (this.left.get(host) ?? FIRST) >= cost;
  }

  private add(host: string, amount: number): void {
    const left = (this.left.get(host) ?? FIRST) + amount;
    this.left.delete(host); // and to the end of those that are remembered
    this.left.set(host, Math.min(MOST, Math.max(-MOST, left)));
    if (this.left.size > HOSTS) this.left.delete(this.left.keys().next().value!);
  }
}

function isStored(stored: unknown): stored is StoredHostBudgets {
  return (
    Array.isArray(stored) &&
    stored.every(
      (entry: unknown) =>
        Array.isArray(entry) &&
        entry.length === 2 &&
        typeof entry[0] === 'string' &&
        Number.isFinite(entry[1]),
    )
  );
}
