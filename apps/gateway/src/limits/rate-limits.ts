import { Injectable } from '@nestjs/common';
import { callerNetwork } from '#libs/demand';
import type { HeaderText } from '../previews/header-text.js';
import type { LeasedLimit, LimitState } from './leased-limit.js';

/** For whom a request counts: the key that it came with, or else the address. */
export interface LimitedCaller {
  readonly keyId: string | undefined;
  readonly address: string;
}

/** Each limit there is. */
export interface LimitSet {
  readonly perKey: LeasedLimit | undefined;
  readonly perAddress: LeasedLimit | undefined;
}

/** Where nothing is limited. */
export const UNLIMITED = 'unlimited';

/** Counts requests by caller: by key for who has one, however many addresses he has; by address for everybody else, strangers with wrong keys among them. */
@Injectable()
export class RateLimits {
  constructor(private readonly limits: LimitSet) {}

  /** @returns undefined when it takes a word of Redis, as it rarely does: see `LeasedLimit` */
  takeAtHand(caller: LimitedCaller, now: number): LimitState | typeof UNLIMITED | undefined {
    const limit = this.limitOf(caller);
    return limit === undefined ? UNLIMITED : limit.takeAtHand(nameOf(caller), now);
  }

  async take(caller: LimitedCaller, now: number): Promise<LimitState | typeof UNLIMITED> {
    const limit = this.limitOf(caller);
    return limit === undefined ? UNLIMITED : limit.take(nameOf(caller), now);
  }

  /** Whether callers of this kind are counted at all. */
  private limitOf({ keyId }: LimitedCaller): LeasedLimit | undefined {
    return keyId === undefined ? this.limits.perAddress : this.limits.perKey;
  }
}

/** As the contract has them. */
const LIMIT = 'x-rate-limit-limit';
const REMAINING = 'x-rate-limit-remaining';
const RESET = 'x-rate-limit-reset';

export function rateLimitHeaders({ limit, remaining, resetS }: LimitState): Readonly<Record<string, string>> {
  return { [LIMIT]: String(limit), [REMAINING]: String(remaining), [RESET]: String(resetS) };
}

/** The same as they go over the wire: numbers need no check. */
export function rateLimitText({ limit, remaining, resetS }: LimitState): HeaderText {
  return `${LIMIT}: ${limit}\r\n${REMAINING}: ${remaining}\r\n${RESET}: ${resetS}\r\n`;
}

function nameOf({ keyId, address }: LimitedCaller): string {
  return keyId ?? callerNetwork(address);
}
