import { PreviewCache } from '#libs/cache';
import { type Clock, withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { HotPreviews } from '#libs/store';
import { Logger } from '#libs/telemetry';

export interface CacheRebuildOptions {
  /** Most previews that are put back, the hottest first. */
  readonly keys: number;
}

/** Stands in the caching Redis, on each server of a cluster, for as long as nobody flushes or restarts it. Looked at every round, so that eviction takes it last. */
const MARKER = 'warmlink:filled';

/** How long it stands (ms) while the rebuild goes on, from batch to batch: one that dies or fails is begun again. */
const FILLING_MS = 30_000;

/** Longest wait for a word from Redis, in ms. */
const DEADLINE_MS = 1_000;

/** Previews that are read from Postgres at once, and put into Redis at once: few enough that readers beside them keep their deadlines. */
const BATCH = 25;

/** Puts stored copies back into a Redis that has lost them, the hottest first, before they are asked for. No origin hears of it. */
export class CacheRebuild {
  private rebuilding: Promise<number> | undefined;

  constructor(
    private readonly hot: HotPreviews,
    private readonly cache: PreviewCache,
    private readonly redis: CacheRedis,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: CacheRebuildOptions,
  ) {}

  /** Starts a rebuild if Redis is there and empty. It goes on behind the loop's rounds. */
  async ifLost(): Promise<void> {
    if (this.rebuilding !== undefined || !(await this.isLost())) return;
    this.run()
      .then((count) => this.logger.info('Redis (cache) was empty and has been filled', { previews: count }))
      .catch((error: unknown) => this.logger.warn('Redis (cache) was empty and could not be filled', error));
  }

  /**
   * @returns how many previews were put back
   * @throws when Redis is away
   */
  async run(): Promise<number> {
    this.rebuilding ??= this.fill().finally(() => {
      this.rebuilding = undefined;
    });
    return this.rebuilding;
  }

  private async fill(): Promise<number> {
    // First, so that another loss while this goes on is noticed.
    const markers = this.redis.onEachServer(MARKER);
    const marking = markers.map((marker) => this.redis.set(marker, '1', FILLING_MS));
    await withinDeadline(Promise.all(marking), DEADLINE_MS, 'Redis SET');
    const keys = await this.hot.servableKeys(this.clock.now(), this.options.keys);
    let count = 0;
    for (let start = 0; start < keys.length; start += BATCH) {
      const entries = await this.hot.entriesOf(keys.slice(start, start + BATCH));
      await Promise.all(entries.map((entry) => this.cache.put(entry, this.clock.now())));
      count += entries.length;
      // Also because the cache itself says nothing when Redis is away.
      await this.keepFor(FILLING_MS, markers);
    }
    await this.keepFor(null, markers); // one that is lost stays so
    return count;
  }

  private async keepFor(ttlMs: number | null, markers: readonly string[]): Promise<void> {
    const kept = markers.map((marker) => this.redis.expire(marker, ttlMs));
    await withinDeadline(Promise.all(kept), DEADLINE_MS, 'Redis PEXPIRE');
  }

  private async isLost(): Promise<boolean> {
    try {
      const marks = this.redis.onEachServer(MARKER).map((marker) => this.redis.get(marker));
      return (await withinDeadline(Promise.all(marks), DEADLINE_MS, 'Redis GET')).includes(null);
    } catch {
      return false; // it is away: there is nothing to fill
    }
  }
}
