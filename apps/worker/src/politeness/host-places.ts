import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { withinDeadline } from '#libs/preview';
import { CircuitBreaker, producerRedis, type QueueRedis } from '#libs/redis';
import { ASK, LEAVE } from './host-scripts.js';

/** How a visit ended, as far as its host is concerned. *overloaded*: it answered 429 or 503, and may have said how long to stay away (ms). */
export type VisitEnd =
  | { readonly kind: 'well' }
  | { readonly kind: 'overloaded'; readonly statusCode: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'other' };

/** Room for one visit. Whoever has it gives it back; a worker that dies loses it when its lease is over. */
export interface Place {
  readonly kind: 'place';
  readonly leave: (end: VisitEnd) => Promise<void>;
}

/** *later*: come back then, in ms, when nobody else of his line was told to (`isOwnTurn`), or others were, too. *resting*: the host had asked to be left alone, for so many ms more. */
export type HostAnswer =
  | Place
  | { readonly kind: 'later'; readonly inMs: number; readonly isOwnTurn: boolean }
  | { readonly kind: 'resting'; readonly forMs: number; readonly statusCode: number };

export interface PlaceRequest {
  /** Whether someone waits for the page. */
  readonly isAwaited: boolean;
  /** Least time between the last start of a visit and this one, in ms; below the host's own it has no effect. */
  readonly spacingMs: number;
}

export interface HostPlacesOptions {
  readonly redisUrl: string;
  /** Visits of one host at a time, over all workers. */
  readonly concurrency: number;
  /** Least time between the starts of two visits of one host, in ms. */
  readonly spacingMs: number;
  /** After so long (ms) a place is free again, whatever became of its visit. */
  readonly leaseMs: number;
  /** The queue's Redis doesn't answer: from now on each process counts for itself. */
  readonly onAway: (cause: unknown) => void;
  readonly onBack: () => void;
  /** One command failed. */
  readonly onError: (error: unknown) => void;
}

/** Longest wait for the word of Redis, in ms. */
const ANSWER_DEADLINE_MS = 250;

/** After three failures in a row Redis isn't asked for two seconds. */
const BREAKER = { threshold: 3, restMs: 2_000 };

/** Shortest wait for a place, and the longest, for a reader and for a visit that nobody waits for, in ms. */
const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = { reader: 5_000, other: 30_000 };

/**
 * A start that is due so soon (ms) is waited for on the spot. Jobs come back from the queue up to a tenth of a second after their time: so often, by default, does Redis
 * look whether a blocked client has waited long enough.
 */
const LONGEST_HOLD_MS = 150;

/** Where the origin doesn't say how long to stay away: the first pause, which doubles up to the longest, in ms. */
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 300_000;

/** Bounds of what one page's Retry-After has the whole host left alone for, in ms. */
const SHORTEST_RETRY_AFTER_MS = 1_000;
const LONGEST_RETRY_AFTER_MS = 600_000;

/** The scripts as commands, which Redis knows by their hash once it has seen them. */
type PlaceCommands = Readonly<
  Record<'askForPlace' | 'leavePlace', (...args: readonly (string | number)[]) => Promise<unknown>>
>;

/**
 * So many visits of a host at a time, over all workers: places are leased in the queue's Redis, which they all share. When that doesn't answer visits go on, and each
 * process counts for itself.
 */
@Injectable()
export class HostPlaces implements OnApplicationShutdown {
  private readonly redis: QueueRedis & PlaceCommands;
  private readonly closing = new AbortController();
  private readonly breaker: CircuitBreaker;
  /** Visits of this process under way, by host. */
  private readonly visiting = new Map<string, number>();

  constructor(private readonly options: HostPlacesOptions) {
    this.redis = producerRedis(options.redisUrl, this.closing.signal, {
      scripts: { askForPlace: { lua: ASK, numberOfKeys: 2 }, leavePlace: { lua: LEAVE, numberOfKeys: 2 } },
      gathers: true, // many pages at a time: one message for all that ask in the same turn
    }) as QueueRedis & PlaceCommands;
    this.redis.on('error', options.onError);
    this.breaker = new CircuitBreaker({ ...BREAKER, onOpen: options.onAway, onClose: options.onBack });
  }

  /** Resolves once there is a connection, however long that takes; without one each process counts for itself. */
  async connected(): Promise<void> {
    if (this.redis.status !== 'ready') await once(this.redis, 'ready');
  }

  /** Asks for a place at a host, whose visit may begin once it is given. Takes no longer than a moment, and never throws. */
  async ask(host: string, { isAwaited, spacingMs }: PlaceRequest): Promise<HostAnswer> {
    const { concurrency, leaseMs } = this.options;
    const id = randomUUID();
    const reply = await this.run('askForPlace', host, [
      id,
      isAwaited ? 1 : 0,
      concurrency,
      Math.ceil(Math.max(this.options.spacingMs, spacingMs)), // a robots.txt may say a third of a second
      leaseMs,
      SHORTEST_WAIT_MS,
      isAwaited ? LONGEST_WAIT_MS.reader : LONGEST_WAIT_MS.other,
      LONGEST_HOLD_MS,
    ]);
    if (reply === undefined && this.visitsOf(host) >= concurrency)
      return { kind: 'later', inMs: LONGEST_WAIT_MS.reader, isOwnTurn: false };
    const [kind, ms, more] = (reply ?? ['place', 0]) as ['place' | 'later' | 'resting', number, number];
    if (kind === 'later') return { kind, inMs: ms, isOwnTurn: more === 1 };
    if (kind === 'resting') return { kind, forMs: ms, statusCode: more };
    const place = this.place(host, id);
    if (ms > 0) await pause(ms);
    return place;
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    this.redis.disconnect();
  }

  private place(host: string, id: string): Place {
    this.visiting.set(host, this.visitsOf(host) + 1);
    return {
      kind: 'place',
      leave: async (end) => {
        const left = this.visitsOf(host) - 1;
        if (left > 0) this.visiting.set(host, left);
        else this.visiting.delete(host);
        // Also where Redis was late with its word: it may have given the place all the same.
        await this.run('leavePlace', host, [id, end.kind, ...restOf(end)]);
      },
    };
  }

  private visitsOf(host: string): number {
    return this.visiting.get(host) ?? 0;
  }

  /** @returns undefined when there is no word in time; what a script itself returns is never undefined */
  private run(
    script: keyof PlaceCommands,
    host: string,
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const key = `warmlink:host:{${encodeURIComponent(host)}}`; // a name may hold the braces that Redis Cluster looks for
    return this.breaker.call(
      () => withinDeadline(this.redis[script](key, `${key}:places`, ...args), ANSWER_DEADLINE_MS, 'a place'),
      this.options.onError,
    );
  }
}

function restOf(end: VisitEnd): readonly number[] {
  if (end.kind !== 'overloaded') return [];
  const { statusCode, retryAfterMs } = end;
  const bounded = (ms: number) => Math.min(Math.max(ms, SHORTEST_RETRY_AFTER_MS), LONGEST_RETRY_AFTER_MS);
  return [statusCode, retryAfterMs === null ? -1 : bounded(retryAfterMs), FIRST_REST_MS, LONGEST_REST_MS];
}
