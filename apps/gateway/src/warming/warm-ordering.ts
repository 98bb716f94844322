import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/preview';
import { WarmBatches } from '#libs/store';
import { fromStore } from '../patient-store.js';
import { type WarmList, warmList } from './warm-list.js';
import { type WarmTimes, warmTimes } from './warm-times.js';

/** A list that was taken, under the id of its batch, and its times. */
export interface OrderedBatch extends WarmList, WarmTimes {
  readonly id: string;
}

/** Warming that is known ahead: takes lists of pages that are to be warm by a time. The warm loop does the rest. */
@Injectable()
export class WarmOrdering {
  constructor(
    private readonly batches: WarmBatches,
    private readonly clock: Clock,
  ) {}

  /**
   * @param askedBy the caller's name, for people
   * @param at when the pages are to be warm, in ms since the epoch; undefined: as soon as can be
   * @param tags what the pages can be purged and refreshed by from then on, beside their own
   * @throws {NoPageNamed} {WarmTooFarAhead}
   * @throws {StoresUnavailable} when it isn't known to be taken: it is safe to ask again, what is fresh isn't visited twice
   */
  async order(
    urls: readonly string[],
    askedBy: string,
    at: number | undefined,
    tags: readonly string[],
  ): Promise<OrderedBatch> {
    const now = this.clock.now();
    const list = await warmList(urls);
    const times = warmTimes(at, list.orders.length, now);
    const terms = { reason: 'warm', tags, askedBy } as const;
    const ordered = this.batches.create(list.orders, times.dueAt, times.startsAt, terms);
    return { id: await fromStore(ordered, 'ordering warms'), ...times, ...list };
  }
}
