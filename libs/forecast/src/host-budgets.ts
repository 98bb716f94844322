/**
 * How far a host's promise may be behind or ahead: so many fetches, or so much of the last thousand that cache-aside would have made. What a host didn't use isn't saved
 * up for long; but a large one has lulls, and many copies that expire at once.
 */
const MOST = { fetches: 20, ofAside: 0.2 };
const REMEMBER = 1 - 1e-3;

/** What a host that is new may be given at once. */
const FIRST = 1;

/** So many hosts are remembered; the one that was counted longest ago goes first, and begins anew. */
const HOSTS = 10_000;

/** So many of them are stored: those that have the least left. */
const STORED_HOSTS = 1_000;

export type StoredHostBudgets = readonly (readonly [host: string, left: number, aside: number])[];

interface HostBudget {
  readonly left: number;
  /** What cache-aside would have fetched of late. */
  readonly aside: number;
}

const NEW: HostBudget = { left: FIRST, aside: 0 };

/** The promise for each host by itself: a token bucket that is filled by what cache-aside would have fetched from it, and emptied by what was fetched. */
export class HostBudgets {
  private readonly hosts = new Map<string, HostBudget>();

  /** @param share extra load that is allowed on one host: 0.25 is a quarter */
  constructor(private readonly share: number) {}

  /** @throws when it isn't what `store` gave */
  static from(share: number, stored: unknown): HostBudgets {
    if (!isStored(stored)) throw new Error('the stored budgets of hosts are broken');
    const budgets = new HostBudgets(share);
    for (const [host, left, aside] of stored) budgets.hosts.set(host, { left, aside });
    return budgets;
  }

  store(): StoredHostBudgets {
    const rounded = (value: number) => Math.round(value * 1e3) / 1e3;
    return [...this.hosts]
      .toSorted(([, one], [, other]) => one.left - other.left)
      .slice(0, STORED_HOSTS)
      .map(([host, { left, aside }]) => [host, rounded(left), rounded(aside)]);
  }

  /** Cache-aside would have fetched from it. */
  countAside(host: string, cost: number): void {
    this.add(host, (1 + this.share) * cost, cost);
  }

  /** It was asked, or is about to be, for a page of which there had been a copy: a page that is new would have been fetched anyhow. A negative cost gives it back. */
  countFetch(host: string, cost: number): void {
    this.add(host, -cost);
  }

  admits(host: string, cost: number): boolean {
    return this.share > 0 && (this.hosts.get(host) ?? NEW).left >= cost;
  }

  private add(host: string, amount: number, asideCost = 0): void {
    const known = this.hosts.get(host) ?? NEW;
    const aside = known.aside * (asideCost > 0 ? REMEMBER : 1) + asideCost;
    const most = Math.max(MOST.fetches, MOST.ofAside * aside);
    this.hosts.delete(host); // and to the end of those that are remembered
    this.hosts.set(host, { left: Math.min(most, Math.max(-most, known.left + amount)), aside });
    if (this.hosts.size > HOSTS) this.hosts.delete(this.hosts.keys().next().value!);
  }
}

function isStored(stored: unknown): stored is StoredHostBudgets {
  return (
    Array.isArray(stored) &&
    stored.every(
      (entry: unknown) =>
        Array.isArray(entry) &&
        entry.length === 3 &&
        typeof entry[0] === 'string' &&
        Number.isFinite(entry[1]) &&
        Number.isFinite(entry[2]),
    )
  );
}
