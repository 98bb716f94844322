import { Injectable } from '@nestjs/common';
import { type ApiKey, ApiKeys } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { KeyHolders } from '../access/key-holders.js';
import { RevocationChannel } from '../access/revocation-channel.js';
import { fromStore } from '../patient-store.js';

export interface Revocation {
  readonly key: ApiKey;
  /** Whether every gateway knows; where not, those that weren't reached find out when they ask Postgres again: within a minute. */
  readonly isKnownEverywhere: boolean;
}

/** Takes a key back, in Postgres and then in the memory of every gateway. */
@Injectable()
export class KeyRevocation {
  constructor(
    private readonly keys: ApiKeys,
    private readonly holders: KeyHolders,
    private readonly channel: RevocationChannel,
    private readonly logger: Logger,
  ) {}

  /**
   * @returns undefined where there is no such key
   * @throws {StoresUnavailable} when it isn't revoked
   */
  async revoke(id: string): Promise<Revocation | undefined> {
    const key = await fromStore(this.keys.revoke(id), 'revoking a key');
    if (key === undefined) return undefined;
    this.holders.forget(id);
    const isKnownEverywhere = await this.channel.tellAndWait(id).catch((error: unknown) => {
      this.logger.warn('gateways were not told of a revoked key', error);
      return false;
    });
    return { key, isKnownEverywhere };
  }
}
