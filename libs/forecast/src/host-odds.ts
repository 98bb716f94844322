/** How far a host's correction moves at first, in logits. */
const RATE = 0.2;

/** How much of what a host has shown a new period leaves. */
const REMEMBER = 0.999;

/** A key with so many reads goes half by its host, and half by itself. */
const OWN_READS = 4;

/** So many hosts are remembered, and so many of them stored; the one that was learned from longest ago goes first. */
const HOSTS = 10_000;
const STORED_HOSTS = 500;

export type StoredHostOdds = readonly (readonly [host: string, correction: number, seen: number])[];

/** How the keys of a host differ from those of all: what is known of a young key before it has shown anything itself. */
export class HostOdds {
  private readonly hosts = new Map<string, { readonly correction: number; readonly seen: number }>();

  /** @throws when it isn't what `store` gave */
  static from(stored: unknown): HostOdds {
    if (!isStored(stored)) throw new Error('the stored odds of hosts are broken');
    const odds = new HostOdds();
    for (const [host, correction, seen] of stored) odds.hosts.set(host, { correction, seen });
    return odds;
  }

  store(): StoredHostOdds {
    const rounded = (value: number) => Math.round(value * 1e4) / 1e4;
    return [...this.hosts]
      .slice(-STORED_HOSTS)
      .map(([host, { correction, seen }]) => [host, rounded(correction), rounded(seen)]);
  }

  /** What is added to the logit of a key with so many reads. */
  correction(host: string | undefined, reads: number): number {
    if (host === undefined) return 0;
    return (this.hosts.get(host)?.correction ?? 0) * trust(reads);
  }

  /** Learns from a period of a key with so many reads that was given a probability of `expected`. */
  learn(host: string | undefined, reads: number, expected: number, wasRead: boolean): void {
    if (host === undefined) return;
    const { correction, seen } = this.hosts.get(host) ?? { correction: 0, seen: 0 };
    const gradient = (expected - (wasRead ? 1 : 0)) * trust(reads);
    const after = REMEMBER * seen + gradient * gradient;
    this.hosts.delete(host); // and to the end of those that are remembered
    this.hosts.set(host, { correction: correction - (RATE * gradient) / Math.sqrt(1 + after), seen: after });
    if (this.hosts.size > HOSTS) this.hosts.delete(this.hosts.keys().next().value!);
  }
}

function trust(reads: number): number {
  return OWN_READS / (OWN_READS + reads);
}

function isStored(stored: unknown): stored is StoredHostOdds {
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
