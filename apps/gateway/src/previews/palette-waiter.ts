import { Injectable } from '@nestjs/common';
import { PreviewCache } from '#libs/cache';
import { PaletteQueue } from '#libs/jobs';
import { Clock, type PreviewKey, showsPreview, withinDeadline } from '#libs/preview';
import { PreviewStoreReader } from '#libs/store';
import { Logger } from '#libs/telemetry';
import type { PreviewAnswer } from './preview-answer.js';

export interface PaletteWaiterOptions {
  /** How long a read waits for colours, in ms. */
  readonly waitMs: number;
}

/** Has the colours of pictures looked for, each page once for all readers of this process, and waits for them. */
@Injectable()
export class PaletteWaiter {
  private readonly flights = new Map<PreviewKey, Promise<void>>();

  constructor(
    private readonly queue: Pick<PaletteQueue, 'find'>,
    private readonly cache: Pick<PreviewCache, 'findNewer'>,
    private readonly store: Pick<PreviewStoreReader, 'find'>,
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly options: PaletteWaiterOptions,
  ) {}

  /**
   * An answer with what is known of its pictures after a wait; where that isn't to be had, or not in time, the answer as it is. Never throws.
   *
   * @param patienceMs the caller's own, if it is shorter than ours; without any the colours are looked for all the same
   */
  async withColors(answer: PreviewAnswer, patienceMs: number): Promise<PreviewAnswer> {
    const { key, version } = answer.entry;
    const waitMs = Math.min(patienceMs, this.options.waitMs);
    try {
      const end = this.join(key);
      if (waitMs <= 0) return answer;
      await withinDeadline(end, waitMs, 'colours').catch(() => undefined);
      const now = this.clock.now();
      const found = await this.cache.findNewer(key, version, now, (key) => this.store.find(key));
      return found !== undefined && showsPreview(found.entry, now) ? { ...answer, ...found } : answer;
    } catch (error) {
      this.logger.warn('colours were not looked for', error);
      return answer;
    }
  }

  private join(key: PreviewKey): Promise<void> {
    const flight = this.flights.get(key);
    if (flight !== undefined) return flight;
    const own = this.queue
      .find(key, this.options.waitMs)
      .catch((error: unknown) => this.logger.warn('colours were not looked for', error))
      .finally(() => this.flights.delete(key));
    this.flights.set(key, own);
    return own;
  }
}
