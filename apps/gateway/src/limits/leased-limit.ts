import { LRUCache } from 'lru-cache';
import { MinuteAccount, type Terms } from './minute-account.js';
import type { Lease, TokenBank } from './token-bank.js';

/** How a request stands to its caller's limit. */
export interface LimitState {
  readonly isWithin: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** When the count starts over, in seconds since the epoch. */
  readonly resetS: number;
}

const MINUTE_MS = 60_000;

/** Most callers that are counted at a time; whoever was away longest is forgotten then, but not what the bank has of him. */
const MOST_CALLERS = 65_536;

/** Most callers in a minute that the bank hears of from one gateway: it evicts nothing. Those beyond have this gateway's share. */
const MOST_AT_BANK = 20_000;

/** Pause before the bank is asked again that didn't answer, in ms. */
const ASK_AGAIN_MS = 1_000;

interface Counted {
  account: MinuteAccount;
  /** A word of the bank that is on its way. */
  asking: Promise<void> | undefined;
  askAgainAt: number;
  isAtBank: boolean;
  waiting: number;
}

/**
 * So many requests a minute (of the clock) by each caller, over all gateways. Each gateway leases portions of the minute's tokens behind its answers, before it runs out, and spends them out of
 * memory. Times are in ms since the epoch.
 */
export class LeasedLimit {
  private readonly callers = new LRUCache<string, Counted>({ max: MOST_CALLERS });
  private atBank = { minute: 0, callers: 0 };
  private lastTerms: Terms | undefined;

  /**
   * @param limit requests a minute
   * @param kind what callers are told apart by: the bank has the names of several limits
   */
  constructor(
    private readonly limit: number,
    private readonly kind: 'key' | 'address',
    private readonly bank: Pick<TokenBank, 'lease' | 'gateways'>,
  ) {}

  /** Counts a request. @returns undefined, and nothing is counted, when only the bank can say whether it is within the limit */
  takeAtHand(caller: string, now: number): LimitState | undefined {
    const counted = this.countedOf(caller, now);
    const { account } = counted;
    const terms = this.terms();
    const isWithin = account.spend(terms);
    if (counted.asking === undefined && now >= counted.askAgainAt && account.runsLow(terms))
      void this.ask(caller, counted, now);
    return isWithin === undefined ? undefined : stateOf(account, terms, isWithin);
  }

  /** The same for who can wait for the bank: more at once than a gateway has tokens for, and no longer than the bank's deadline. */
  async take(caller: string, now: number): Promise<LimitState> {
    const startedAt = performance.now();
    for (;;) {
      const time = now + performance.now() - startedAt;
      const state = this.takeAtHand(caller, time);
      if (state !== undefined) return state;
      const counted = this.countedOf(caller, time);
      counted.waiting += 1;
      await (counted.asking ?? this.ask(caller, counted, time));
      counted.waiting -= 1;
    }
  }

  private ask(caller: string, counted: Counted, now: number): Promise<void> {
    const { account } = counted;
    if (!this.mayAsk(counted)) {
      account.goWithoutBank();
      counted.askAgainAt = Infinity;
      return Promise.resolve();
    }
    const { limit } = this;
    const request = account.request(this.terms(), counted.waiting);
    const asked = { caller: `${this.kind}:${caller}`, minute: account.minute, limit, ...request };
    const settle = (lease: Lease | undefined) => account.settle(request, lease);
    counted.asking = this.bank.lease(asked, settle).then((lease) => {
      settle(lease);
      counted.asking = undefined;
      if (lease === undefined) counted.askAgainAt = now + ASK_AGAIN_MS;
    });
    return counted.asking;
  }

  /** A flood of callers isn't for the bank to remember. */
  private mayAsk(counted: Counted): boolean {
    if (counted.isAtBank) return true;
    if (this.atBank.minute !== counted.account.minute)
      this.atBank = { minute: counted.account.minute, callers: 0 };
    this.atBank.callers += 1;
    counted.isAtBank = this.atBank.callers <= MOST_AT_BANK;
    return counted.isAtBank;
  }

  private countedOf(caller: string, now: number): Counted {
    const minute = Math.floor(now / MINUTE_MS);
    const known = this.callers.get(caller);
    // Who took the time a moment before another is counted with him.
    if (known !== undefined && (known.account.minute === minute || known.account.minute === minute + 1))
      return known;
    const counted = {
      account: new MinuteAccount(minute),
      asking: undefined,
      askAgainAt: 0,
      isAtBank: false,
      waiting: 0,
    };
    this.callers.set(caller, counted);
    return counted;
  }

  private terms(): Terms {
    const { gateways } = this.bank;
    if (this.lastTerms?.gateways !== gateways) this.lastTerms = { limit: this.limit, gateways };
    return this.lastTerms;
  }
}

function stateOf(account: MinuteAccount, terms: Terms, isWithin: boolean): LimitState {
  return {
    isWithin,
    limit: terms.limit,
    remaining: isWithin ? account.remaining(terms) : 0,
    resetS: ((account.minute + 1) * MINUTE_MS) / 1_000,
  };
}
