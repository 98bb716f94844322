import { Injectable } from '@nestjs/common';
import { PreviewCache } from '#libs/cache';
import { type PaletteJobData, PaletteQueue } from '#libs/jobs';
import {
  Clock,
  lacksColors,
  type PreviewKey,
  type Projection,
  showsPreview,
  withinDeadline,
} from '#libs/preview';
import { PreviewStoreReader } from '#libs/store';
import { Logger } from '#libs/telemetry';
import type { PreviewAnswer } from './preview-answer.js';

/** Who asks, for people who look at the queue or into the logs. */
type Asker = Pick<PaletteJobData, 'askedBy' | 'requestId'>;

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
   * An answer with the colours that its caller asks for, after a wait if nobody has looked for them; where they aren't to be had, or not in time, as it is, and
   * passing. Never throws.
   *
   * @param patienceMs the caller's own, if it is shorter than ours; without any the colours are looked for all the same
   */
  async withColors(
    answer: PreviewAnswer,
    projection: Projection,
    patienceMs: number,
    asker: Asker = {},
  ): Promise<PreviewAnswer> {
    if (!lacksColors(answer.copy, projection)) return answer;
    const found = await this.afterWait(answer, patienceMs, asker);
    return lacksColors(found.copy, projection) ? { ...found, isPassing: true } : found;
  }

  private async afterWait(
    answer: PreviewAnswer,
    patienceMs: number,
    { askedBy, requestId }: Asker,
  ): Promise<PreviewAnswer> {
    const { key, url, version } = answer.copy;
    const waitMs = Math.min(patienceMs, this.options.waitMs);
    try {
      const end = this.join({
        key,
        url,
        ...(askedBy !== undefined && { askedBy }),
        ...(requestId !== undefined && { requestId }),
      });
      if (waitMs <= 0) return answer;
      await withinDeadline(end, waitMs, 'colours').catch(() => undefined);
      const now = this.clock.now();
      const found = await this.cache.findNewer(key, version, now, (key) => this.store.find(key));
      return found !== undefined && showsPreview(found.copy, now) ? { ...answer, ...found } : answer;
    } catch (error) {
      this.logger.warn('colours were not looked for', error);
      return answer;
    }
  }

  private join(data: PaletteJobData): Promise<void> {
    const { key } = data;
    const flight = this.flights.get(key);
    if (flight !== undefined) return flight;
    const own = this.queue
      .find(data, this.options.waitMs)
      .catch((error: unknown) => this.logger.warn('colours were not looked for', error))
      .finally(() => this.flights.delete(key));
    this.flights.set(key, own);
    return own;
  }
}
