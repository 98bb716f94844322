import { Injectable } from '@nestjs/common';
import { PreviewCache } from '#libs/cache';
import { StoresUnavailable } from '#libs/preview';
import { PreviewPurger } from '#libs/store';
import { type NamedTarget, scopeOf } from './named-scope.js';

/**
 * Takes previews out of every tier of every gateway. The rows go last: they are how a purge that broke off, and is asked for again, finds
 * what the caches may hold.
 */
@Injectable()
export class PreviewPurge {
  constructor(
    private readonly purger: PreviewPurger,
    private readonly cache: PreviewCache,
  ) {}

  /**
   * @returns how many keys were named
   * @throws {InvalidUrl} {StoresUnavailable} when it isn't done everywhere: it is safe to ask again
   */
  async purge(target: NamedTarget): Promise<number> {
    const scope = scopeOf(target);
    try {
      const version = await this.purger.note(scope);
      const keys = await this.purger.keysBelow(scope, version);
      await this.cache.bury({ keys, version });
      await this.purger.removeBelow(scope, version);
      return keys.length;
    } catch (error) {
      throw new StoresUnavailable({ cause: error });
    }
  }
}
