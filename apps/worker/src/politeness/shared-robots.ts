import { withinDeadline } from '#libs/preview';
import type { CacheRedis } from '#libs/redis';
import type { RobotsFile } from './robots-fetcher.js';

/** What an origin has for robots, and until when that holds (ms since the epoch). */
export interface FoundRobots {
  readonly file: RobotsFile;
  readonly until: number;
}

/** The number is the value's shape: a change of shape starts over beside the old one. */
const NAMESPACE = 'warmlink:robots:1:';

/** What one worker has learned of an origin for all of them, in the caching Redis. One that is away, or slow, knows nothing. */
export class SharedRobots {
  /** @param deadlineMs longest wait for a command, in ms */
  constructor(
    private readonly redis: CacheRedis,
    private readonly deadlineMs: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  async find(origin: string): Promise<FoundRobots | undefined> {
    const text = await this.guarded(() => this.redis.get(NAMESPACE + origin));
    return typeof text === 'string' ? (JSON.parse(text) as FoundRobots) : undefined;
  }

  async put(origin: string, found: FoundRobots, keepMs: number): Promise<void> {
    await this.guarded(() => this.redis.set(NAMESPACE + origin, JSON.stringify(found), keepMs));
  }

  private async guarded<T>(command: () => Promise<T>): Promise<T | undefined> {
    try {
      return await withinDeadline(command(), this.deadlineMs, 'robots.txt in Redis');
    } catch (error) {
      this.onError(error);
      return undefined;
    }
  }
}
