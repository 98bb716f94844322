import type { Lease } from './token-bank.js';

/** What may be spent before it was asked for, of the limit and over all gateways: no read waits for a lease, and so little can be too much. */
const CREDIT = 0.05;

/** Most of the limit that is leased at once: what one gateway has and doesn't need the others lack. */
const PORTION = 0.1;

/** A limit, and how many gateways are held to it together. */
export interface Terms {
  readonly limit: number;
  readonly gateways: number;
}

/** What one caller has had of one minute, as far as this gateway knows. */
export class MinuteAccount {
  private used = 0;
  /** Of what was used or may be, what the bank knows of. */
  private leased = 0;
  private takenElsewhere = 0;
  /** The bank has none left. */
  private isDry = false;
  /** The bank can't be asked: the caller has this gateway's share of the limit. */
  private isAway = false;

  constructor(readonly minute: number) {}

  /** @returns undefined when that is for the bank to say */
  spend(terms: Terms): boolean | undefined {
    if (this.used < this.ceiling(terms)) {
      this.used += 1;
      return true;
    }
    return this.isDry || this.isAway ? false : undefined;
  }

  /** What can still be spent, as far as is known here. */
  remaining(terms: Terms): number {
    const most = this.isDry || this.isAway ? this.ceiling(terms) : terms.limit - this.takenElsewhere;
    return Math.max(0, most - this.used);
  }

  /** Whether it is time to ask the bank: not for who comes a few times only, and not when all is gone. */
  runsLow(terms: Terms): boolean {
    if (this.isDry) return false;
    const credit = creditOf(terms);
    const reserve = this.leased === 0 ? Math.floor(credit / 2) : credit + Math.floor(this.portion(terms) / 2);
    return this.isAway || this.leased + credit - this.used <= reserve;
  }

  /** @param waiting how many wait for a word of the bank */
  request(terms: Terms, waiting: number): { readonly spent: number; readonly wanted: number } {
    return {
      spent: Math.max(0, this.used - this.leased),
      wanted: Math.max(this.portion(terms), waiting),
    };
  }

  settle(
    { spent, wanted }: { readonly spent: number; readonly wanted: number },
    lease: Lease | undefined,
  ): void {
    this.isAway = lease === undefined;
    if (lease === undefined) return;
    this.leased += spent + lease.granted;
    this.takenElsewhere = Math.max(0, lease.taken - this.leased);
    this.isDry = lease.granted < wanted;
  }

  /** The bank isn't asked for this caller. */
  goWithoutBank(): void {
    this.isAway = true;
  }

  private ceiling(terms: Terms): number {
    if (this.isDry) return this.leased;
    if (this.isAway) return Math.max(this.leased, shareOf(terms));
    return this.leased + creditOf(terms);
  }

  private portion({ limit, gateways }: Terms): number {
    const left = Math.max(0, limit - this.takenElsewhere - this.used);
    return Math.max(1, Math.ceil(Math.min(limit * PORTION, left / (2 * gateways))));
  }
}

function creditOf({ limit, gateways }: Terms): number {
  return Math.max(1, Math.floor((limit * CREDIT) / gateways));
}

function shareOf({ limit, gateways }: Terms): number {
  return Math.max(1, Math.floor(limit / gateways));
}
