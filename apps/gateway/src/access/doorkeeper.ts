import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '#libs/preview';
import type { LimitState } from '../limits/leased-limit.js';
import { RateLimited } from '../limits/rate-limited.js';
import { rateLimitHeaders, RateLimits, UNLIMITED } from '../limits/rate-limits.js';
import { NotAuthenticated, RoleMissing } from './access-denied.js';
import { CallerAddresses } from './caller-addresses.js';
import { type Holder, KeyHolders } from './key-holders.js';
import { includesRole, type RequiredRole, type Role } from './role.js';

export interface DoorkeeperOptions {
  readonly anonymousRead: boolean;
}

/** Where a request keeps that it was let in and counted, for who asks again about it. A property, as a weak map costs more than all the rest here. */
const ADMISSION = Symbol('admission');

/** A request before any framework has seen it. */
type RawRequest = Pick<FastifyRequest['raw'], 'headers' | 'socket'> & { [ADMISSION]?: Admission };

/** Somebody who was let in. */
export interface Admission {
  readonly holder: Holder;
  /** How he stands to his limit, if he has one. */
  readonly limit: LimitState | typeof UNLIMITED;
}

/** Somebody without a key, where reading needs none. */
const ANONYMOUS: Holder = { id: 'anonymous', name: 'anonymous', role: 'reader' };

/** Whoever asks for what is open to all. */
const ANYBODY: Admission = { holder: ANONYMOUS, limit: UNLIMITED };

/** For a request that another object stands for from now on: who was let in stays it, and isn't counted again. */
export function keepAdmission(before: RawRequest, now: RawRequest): void {
  const admission = before[ADMISSION];
  if (admission !== undefined) now[ADMISSION] = admission;
}

/** Says who may come in, and how often: the one place for it, whoever asks. */
@Injectable()
export class Doorkeeper {
  constructor(
    private readonly holders: KeyHolders,
    private readonly limits: RateLimits,
    private readonly addresses: CallerAddresses,
    private readonly clock: Clock,
    private readonly options: DoorkeeperOptions,
  ) {}

  /**
   * What memory alone can say, at once. A request counts once, however often it is asked about.
   *
   * @returns undefined where `admit` has to be asked, which lets him in all the same or says why not
   */
  admitAtHand(
    request: RawRequest,
    required: RequiredRole | undefined,
    secret: string | undefined = secretOf(request),
  ): Admission | undefined {
    if (required === undefined) return undefined;
    if (required === 'open') return ANYBODY;
    const holder = this.holderAtHand(secret);
    if (holder === undefined || holder === null || !includesRole(holder.role, required)) return undefined;
    const earlier = request[ADMISSION];
    if (earlier !== undefined) return earlier;
    const limit = this.limits.takeAtHand(this.callerOf(request, holder), this.clock.now());
    if (limit === undefined) return undefined;
    if (limit === UNLIMITED) return { holder, limit };
    if (!limit.isWithin) return undefined;
    return (request[ADMISSION] = { holder, limit });
  }

  /**
   * Lets a request in, and says in the answer's headers how its caller stands to his limit.
   *
   * @param required undefined: nobody is let in
   * @param secret who he says he is; default: the header for it
   * @throws {NotAuthenticated} {RoleMissing} {RateLimited} {StoresUnavailable}
   */
  async admit(
    request: RawRequest,
    reply: FastifyReply,
    required: RequiredRole | undefined,
    secret: string | undefined = secretOf(request),
  ): Promise<void> {
    const atHand = this.admitAtHand(request, required, secret);
    if (atHand !== undefined) return tell(reply, atHand.limit);
    if (required === undefined || required === 'open') throw new RoleMissing();
    const holder = await this.holderOf(secret);
    // Those who aren't let in are counted, too: so many may try.
    const limit = await this.limits.take(this.callerOf(request, holder), this.clock.now());
    tell(reply, limit);
    if (limit !== UNLIMITED && !limit.isWithin) throw new RateLimited(this.secondsUntil(limit.resetS));
    check(holder, required);
    if (holder !== null) request[ADMISSION] = { holder, limit };
  }

  /**
   * For a request that stands for several: counts so many more for its caller, and says how he stands to his limit then.
   *
   * @returns how many of them are within it
   * @throws {StoresUnavailable}
   */
  async admitMore(request: RawRequest, reply: FastifyReply, count: number): Promise<number> {
    const caller = this.callerOf(request, await this.holderOf(secretOf(request)));
    const now = this.clock.now();
    // At once: what takes a word of the bank is one question for all.
    const limits = await Promise.all(Array.from({ length: count }, () => this.limits.take(caller, now)));
    const last = limits.at(-1);
    if (last !== undefined) tell(reply, last);
    return limits.filter((limit) => limit === UNLIMITED || limit.isWithin).length;
  }

  /**
   * For who was let in: an option that asks for more than the route, or an answer that takes long.
   *
   * @throws {NotAuthenticated} {RoleMissing} {StoresUnavailable}
   */
  async require(request: RawRequest, required: Role): Promise<void> {
    check(await this.holderOf(secretOf(request)), required);
  }

  /** The name of somebody who was let in, for people; his address stays out of it. */
  nameOf(request: RawRequest): string {
    return this.holderAtHand(secretOf(request))?.name ?? 'somebody'; // whose key was revoked just now
  }

  /** The id of the key of somebody who was let in; undefined for who lost it since. */
  idOf(request: RawRequest): string | undefined {
    return this.holderAtHand(secretOf(request))?.id;
  }

  private async holderOf(secret: string | undefined): Promise<Holder | null> {
    const atHand = this.holderAtHand(secret);
    return atHand === undefined ? this.holders.find(secret!) : atHand;
  }

  /** @returns null: nobody who may do anything, undefined: his key has to be looked for */
  private holderAtHand(secret: string | undefined): Holder | null | undefined {
    if (secret === undefined) return this.options.anonymousRead ? ANONYMOUS : null;
    return this.holders.atHand(secret);
  }

  private callerOf(request: RawRequest, holder: Holder | null) {
    const keyId = holder === null || holder === ANONYMOUS ? undefined : holder.id;
    return { keyId, address: keyId === undefined ? this.addresses.of(request) : '' };
  }

  private secondsUntil(timeS: number): number {
    return Math.max(1, Math.ceil(timeS - this.clock.now() / 1_000));
  }
}

function secretOf({ headers: { 'x-api-key': secret } }: RawRequest): string | undefined {
  return secret === undefined || typeof secret === 'string' ? secret : '';
}

function tell(reply: FastifyReply, limit: LimitState | typeof UNLIMITED): void {
  if (limit !== UNLIMITED) reply.headers(rateLimitHeaders(limit));
}

/** Who sent no key is asked for one, as is who sent one that nobody holds; who sent one that is too small is told so. */
function check(holder: Holder | null, required: Role): void {
  if (holder === null) throw new NotAuthenticated();
  if (includesRole(holder.role, required)) return;
  throw holder === ANONYMOUS ? new NotAuthenticated() : new RoleMissing();
}
