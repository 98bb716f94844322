import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/preview';
import { WarmBatches } from '#libs/store';
import { fromStore } from '../patient-store.js';
import { type ListedTarget, listedScopeOf } from '../previews/named-scope.js';
import { type RejectedUrl, warmList } from './warm-list.js';

/** What is to be visited again. */
export type RefreshTarget = { readonly url: string } | { readonly urls: readonly string[] } | ListedTarget;

/** A batch that was taken, under its id. */
export interface OrderedRefresh {
  readonly id: string;
  /** Pages; `null` where they are still to be listed. */
  readonly total: number | null;
  readonly duplicates: number;
  readonly rejected: readonly RejectedUrl[];
}

/** Visits that somebody wants made again, though what is stored may be fresh. The warm loop makes them, in turns with what is to be warmed. */
@Injectable()
export class RefreshOrdering {
  constructor(
    private readonly batches: WarmBatches,
    private readonly clock: Clock,
  ) {}

  /**
   * @param askedBy the caller's name, for people
   * @throws {InvalidUrl} {NoPageNamed}
   * @throws {StoresUnavailable} when it isn't known to be taken: it is safe to ask again
   */
  async order(target: RefreshTarget, askedBy: string): Promise<OrderedRefresh> {
    const now = this.clock.now();
    if ('host' in target || 'tag' in target) {
      const ordered = this.batches.createRefreshOf(listedScopeOf(target), now, askedBy);
      return { id: await fromStore(ordered, 'ordering refreshes'), total: null, duplicates: 0, rejected: [] };
    }
    const { orders, duplicates, rejected } = await warmList('url' in target ? [target.url] : target.urls);
    const ordered = this.batches.create(orders, now, now, { reason: 'refresh', tags: [], askedBy });
    return { id: await fromStore(ordered, 'ordering refreshes'), total: orders.length, duplicates, rejected };
  }
}
