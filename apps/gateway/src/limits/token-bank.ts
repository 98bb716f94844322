import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { withinDeadline } from '#libs/preview';
import { CircuitBreaker, producerRedis, type QueueRedis } from '#libs/redis';
import { COUNT_GATEWAYS, LEASE_TOKENS } from './limit-scripts.js';

/** What a gateway asks for: tokens of a minute (since the epoch) of one caller. */
export interface LeaseRequest {
  readonly caller: string;
  readonly minute: number;
  readonly limit: number;
  /** Spent already. */
  readonly spent: number;
  /** To be spent. */
  readonly wanted: number;
}

export interface Lease {
  /** Of those wanted. */
  readonly granted: number;
  /** By all gateways, in this minute so far. */
  readonly taken: number;
}

export interface TokenBankOptions {
  readonly redisUrl: string;
  /** Longest wait for the word of Redis, in ms. */
  readonly deadlineMs: number;
  /** The queue's Redis doesn't answer: from now on each gateway keeps to its share. */
  readonly onAway: (cause: unknown) => void;
  readonly onBack: () => void;
  /** One command failed. */
  readonly onError: (error: unknown) => void;
}

/** After three failures in a row Redis isn't asked for two seconds. */
const BREAKER = { threshold: 3, restMs: 2_000 };

/** How long the count of a minute is kept, in ms: till it is over, by whichever gateway's clock. */
const KEEP_MS = 90_000;

/** How often a gateway says that it is there, and for how long that is believed, in ms. */
const PULSE_MS = 5_000;
const PULSE_HOLDS_MS = 20_000;

/** The scripts as commands, which Redis knows by their hash once it has seen them. */
interface BankCommands {
  leaseTokens(...args: readonly (string | number)[]): Promise<[granted: number, taken: number]>;
  countGateways(...args: readonly (string | number)[]): Promise<number>;
}

/** The tokens that all gateways have together, in the queue's Redis, which loses none of them; and how many gateways there are. */
@Injectable()
export class TokenBank implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly redis: QueueRedis & BankCommands;
  private readonly closing = new AbortController();
  private readonly breaker: CircuitBreaker;
  private readonly id = randomUUID();
  private pulse: NodeJS.Timeout | undefined;
  private seen = 1;

  constructor(private readonly options: TokenBankOptions) {
    this.redis = producerRedis(options.redisUrl, this.closing.signal, {
      scripts: {
        leaseTokens: { lua: LEASE_TOKENS, numberOfKeys: 1 },
        countGateways: { lua: COUNT_GATEWAYS, numberOfKeys: 1 },
      },
      gathers: true, // one message for all callers that run low in the same turn
    }) as QueueRedis & BankCommands;
    this.redis.on('error', options.onError);
    this.redis.on('ready', () => void this.count());
    this.breaker = new CircuitBreaker({ ...BREAKER, onOpen: options.onAway, onClose: options.onBack });
  }

  /** Gateways seen lately, this one included; those of the last word while Redis is away. */
  get gateways(): number {
    return this.seen;
  }

  onApplicationBootstrap(): void {
    this.pulse = setInterval(() => void this.count(), PULSE_MS);
  }

  /**
   * @param onLate told of a lease that came after the deadline: Redis has counted it
   * @returns undefined when there is no word in time; never throws
   */
  async lease(
    { caller, minute, limit, spent, wanted }: LeaseRequest,
    onLate: (lease: Lease) => void,
  ): Promise<Lease | undefined> {
    const key = `warmlink:limit:{${caller}}:${minute}`;
    let isLate = false;
    const lease = await this.ask(async () => {
      const [granted, taken] = await this.redis.leaseTokens(key, spent, wanted, limit, KEEP_MS);
      if (isLate) onLate({ granted, taken });
      return { granted, taken };
    });
    isLate = lease === undefined;
    return lease;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.pulse);
    this.closing.abort();
    this.redis.disconnect();
  }

  private async count(): Promise<void> {
    const count = await this.ask(() =>
      this.redis.countGateways('warmlink:gateways', this.id, PULSE_HOLDS_MS),
    );
    if (count !== undefined) this.seen = count;
  }

  private ask<T>(command: () => Promise<T>): Promise<T | undefined> {
    const inTime = () => withinDeadline(command(), this.options.deadlineMs, 'a word on limits');
    return this.breaker.call(inTime, this.options.onError);
  }
}
