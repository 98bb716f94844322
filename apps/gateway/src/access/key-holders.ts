import { LRUCache } from 'lru-cache';
import { isApiKeySecret } from '#libs/store';
import type { KeyLookups } from './key-lookups.js';
import { isRole, type Role } from './role.js';
import type { TokenRoles } from './token-roles.js';

/** Who stands behind a secret: a key by its id, or a token of the environment by its role. */
export interface Holder {
  readonly id: string;
  /** For people: who asked for a job. */
  readonly name: string;
  readonly role: Role;
}

interface HeldKey {
  readonly holder: Holder;
  /** When Postgres said so last, by the clock of this memory. */
  checkedAt: number;
  isRenewing: boolean;
}

/** What is known of this many keys, and of so many secrets that are nobody's. Apart: whoever guesses drives out no key. */
const MOST_HELD = 10_000;
const MOST_NOBODYS = 10_000;

/** What Postgres said of a key holds for so long, in ms. It is asked again behind the answer when half of that is over, so that who comes often waits for nothing. */
export const HOLDS_MS = 60_000;
const RENEW_MS = HOLDS_MS / 2;

/** Pause before Postgres is asked again when it didn't answer, in ms: till then what was known goes on. */
const AGAIN_MS = 5_000;

const TOKEN_HOLDERS: Readonly<Record<Role, Holder>> = {
  reader: { id: 'reader-token', name: 'READER_TOKEN', role: 'reader' },
  writer: { id: 'writer-token', name: 'WRITER_TOKEN', role: 'writer' },
  operator: { id: 'operator-token', name: 'OPERATOR_TOKEN', role: 'operator' },
};

/**
 * Tells who holds a secret, out of memory wherever it can. While Postgres doesn't answer, keys that are known go on; nobody can revoke one then.
 */
export class KeyHolders {
  private readonly held = new LRUCache<string, HeldKey>({ max: MOST_HELD });
  /** Secrets of the right shape that no key has, or none any more: neither changes, as a new key has a secret that was never there. */
  private readonly nobodys = new LRUCache<string, true>({ max: MOST_NOBODYS });
  /** Grows with all that is forgotten, so that an answer which was on its way meanwhile isn't remembered. */
  private forgotten = 0;
  private readonly listeners: ((id: string) => void)[] = [];

  /** @param now monotonic time in ms */
  constructor(
    private readonly tokens: TokenRoles,
    private readonly lookups: Pick<KeyLookups, 'find'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns null: nobody, undefined: it has to be looked for */
  atHand(secret: string): Holder | null | undefined {
    const key = this.held.get(secret);
    if (key === undefined) return this.notHeld(secret);
    const age = this.now() - key.checkedAt;
    if (age >= RENEW_MS) this.renew(secret, key);
    return age < HOLDS_MS ? key.holder : undefined;
  }

  /**
   * @returns null: nobody
   * @throws {StoresUnavailable} when it can't be known
   */
  async find(secret: string): Promise<Holder | null> {
    const atHand = this.atHand(secret);
    if (atHand !== undefined) return atHand;
    try {
      return await this.lookUp(secret);
    } catch (error) {
      const key = this.held.get(secret);
      if (key === undefined) throw error;
      this.goOn(key);
      return key.holder;
    }
  }

  /** For what goes on after its caller was let in. @param listener is told the id of each key that is revoked, when it lets nobody in any more */
  onForgotten(listener: (id: string) => void): void {
    this.listeners.push(listener);
  }

  /** A key was revoked. */
  forget(id: string): void {
    this.forgotten += 1;
    for (const [secret, { holder }] of this.held.entries()) {
      if (holder.id !== id) continue;
      this.held.delete(secret);
      this.nobodys.set(secret, true);
    }
    for (const listener of this.listeners) listener(id);
  }

  /** Word of a revoked key may have been missed. */
  forgetAll(): void {
    this.forgotten += 1;
    this.held.clear();
  }

  private notHeld(secret: string): Holder | null | undefined {
    const role = this.tokens.roleOf(secret);
    if (role !== undefined) return TOKEN_HOLDERS[role];
    return isApiKeySecret(secret) && !this.nobodys.has(secret) ? undefined : null;
  }

  private async lookUp(secret: string): Promise<Holder | null> {
    const { forgotten } = this;
    const key = await this.lookups.find(secret);
    const holder =
      key !== undefined && isRole(key.role) ? { id: key.id, name: key.name, role: key.role } : null;
    if (forgotten !== this.forgotten) return holder;
    if (holder !== null) this.held.set(secret, { holder, checkedAt: this.now(), isRenewing: false });
    else {
      this.held.delete(secret);
      if (key === undefined) this.nobodys.set(secret, true);
    }
    return holder;
  }

  private renew(secret: string, key: HeldKey): void {
    if (key.isRenewing) return;
    key.isRenewing = true;
    this.lookUp(secret).catch(() => this.goOn(key));
  }

  private goOn(key: HeldKey): void {
    key.checkedAt = this.now() - RENEW_MS + AGAIN_MS;
    key.isRenewing = false;
  }
}
