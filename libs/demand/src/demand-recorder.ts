import { Injectable } from '@nestjs/common';
import type { PreviewKey } from '#libs/preview';
import { Allowances } from './allowances.js';
import { callerNetwork } from './caller-network.js';
import type { DemandChunk } from './demand-chunk.js';
import { ReadCounter } from './read-counter.js';
import { type AnswerOutcome, type OutcomeTotals, READ_OUTCOMES, type ReadOutcome } from './read-outcome.js';
import { windowChunks } from './window-chunks.js';

/** Who reads what. */
export interface Read {
  readonly key: PreviewKey;
  readonly host: string;
  /** The address that it comes from. */
  readonly caller: string;
}

export interface DemandRecorderOptions {
  /** Most keys, callers and hosts that are told apart within a window. */
  readonly maxKeys: number;
  /**
   * Most reads within a window that one caller's demand is made of, and that one host's is: nobody buys a thousand warms. A caller is an IPv4 address or
   * a /64 of IPv6.
   */
  readonly callerCap: number;
  readonly hostCap: number;
}

/** Reads that are counted at once, so that what counts them, and what they are counted in, is fetched into the processor's caches for many and not for each. */
const AT_ONCE = 64;

/** A read that is yet to be counted. */
interface WaitingRead {
  key: PreviewKey;
  host: string;
  caller: string;
  at: number;
}

/** The first step of every read: counts it, in memory and in a bounded part of it. */
@Injectable()
export class DemandRecorder {
  /** Filled from its beginning, again and again. */
  private readonly waiting: WaitingRead[] = [];
  private waitingCount = 0;
  private reads!: ReadCounter;
  private callers!: Allowances;
  private hosts!: Allowances;
  private totals!: Record<ReadOutcome, number>;
  /** What was counted in the windows before this one. */
  private readonly earlier = new Map<ReadOutcome, number>();
  private from!: number;
  /** The latest moment of this window: clocks can jump back, and a window can't. */
  private latest!: number;

  /** @param now ms since the epoch, as everywhere here */
  constructor(
    private readonly options: DemandRecorderOptions,
    now: number,
  ) {
    this.open(now);
  }

  /** Counts a read for its key, whatever becomes of it, unless its caller or its host has had its share of this window. */
  record({ key, host, caller }: Read, now: number): void {
    const place = this.waitingCount;
    const slot = this.waiting[place];
    if (slot === undefined) {
      this.waiting.push({ key, host, caller, at: now });
    } else {
      slot.key = key;
      slot.host = host;
      slot.caller = caller;
      slot.at = now;
    }
    this.waitingCount = place + 1;
    if (this.waitingCount === AT_ONCE) this.countWaiting();
  }

  /** Counts how a read ended. */
  answered(outcome: AnswerOutcome): void {
    this.count(outcome, 1);
  }

  /** Notes that so many reads, counted before, will never be handed over. */
  gaveUp(reads: number): void {
    this.count('dropped', reads);
  }

  /** How all reads of this process ended so far. */
  get sinceStart(): Readonly<Record<ReadOutcome, number>> {
    this.countWaiting();
    const total = (outcome: ReadOutcome) => (this.earlier.get(outcome) ?? 0) + this.totals[outcome];
    return Object.fromEntries(READ_OUTCOMES.map((outcome) => [outcome, total(outcome)])) as Record<
      ReadOutcome,
      number
    >;
  }

  /** Ends the window. @returns its chunks, none for an empty one */
  cut(now: number): readonly DemandChunk[] {
    this.countWaiting();
    const until = this.advance(now);
    const { from } = this;
    const chunks = windowChunks({ from, until, keys: this.reads.counts(), totals: this.namedTotals() });
    for (const outcome of READ_OUTCOMES)
      this.earlier.set(outcome, (this.earlier.get(outcome) ?? 0) + this.totals[outcome]);
    this.open(now);
    return chunks;
  }

  private countWaiting(): void {
    for (let place = 0; place < this.waitingCount; place += 1) this.countRead(this.waiting[place]!);
    this.waitingCount = 0;
  }

  private countRead({ key, host, caller, at }: WaitingRead): void {
    const ofCaller = this.callers.of(callerNetwork(caller));
    const ofHost = this.hosts.of(host);
    if (ofCaller.used >= this.options.callerCap || ofHost.used >= this.options.hostCap) {
      this.count('uncounted', 1);
      return;
    }
    ofCaller.used += 1;
    ofHost.used += 1;
    this.reads.add(key, this.advance(at));
  }

  private open(now: number): void {
    const { maxKeys } = this.options;
    this.reads = new ReadCounter(maxKeys);
    this.callers = new Allowances(maxKeys);
    this.hosts = new Allowances(maxKeys);
    this.totals = Object.fromEntries(READ_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
      ReadOutcome,
      number
    >;
    this.from = now;
    this.latest = now;
  }

  private advance(now: number): number {
    if (now > this.latest) this.latest = now;
    return this.latest;
  }

  private count(outcome: ReadOutcome, reads: number): void {
    this.totals[outcome] += reads;
  }

  private namedTotals(): OutcomeTotals {
    return Object.fromEntries(Object.entries(this.totals).filter(([, reads]) => reads > 0));
  }
}
