import { CACHE_MANAGER, CacheModule as NestCacheModule } from '@nestjs/cache-manager';
import { type DynamicModule, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { Keyv } from 'keyv';
import { withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { MemoryTier, type MemoryTierOptions } from './memory-tier.js';
import { PreviewCache } from './preview-cache.js';
import { RedisTier, type RedisTierWrites } from './redis-tier.js';

export interface CacheOptions {
  readonly redisUrl: string;
  readonly writes: RedisTierWrites;
  readonly deadlineMs: number;
  /** Absent in a process that only writes. */
  readonly memory?: MemoryTierOptions;
  /** Something went wrong with Redis and was taken as a miss. */
  readonly onDegraded: (error: unknown) => void;
}

/** Prefix of every preview in Redis. The number is the entry's shape: a change of shape starts over beside the old one. */
const NAMESPACE = 'warmlink:preview:1';

/** Wait for the caching Redis at boot, in ms; without it the process comes up all the same. */
const CONNECT_PATIENCE_MS = 2_000;

@Injectable()
class CacheConnection implements OnApplicationShutdown {
  constructor(@Inject(CacheRedis) private readonly redis: CacheRedis) {}

  async onApplicationShutdown(): Promise<void> {
    await this.redis.close();
  }
}

@Module({})
class CacheRedisModule {
  static forRoot(options: CacheOptions): DynamicModule {
    return {
      module: CacheRedisModule,
      providers: [
        {
          provide: CacheRedis,
          useFactory: async () => {
            const redis = new CacheRedis(options.redisUrl, { onError: options.onDegraded });
            await withinDeadline(redis.connect(), CONNECT_PATIENCE_MS, 'Redis connect').catch(
              options.onDegraded,
            );
            return redis;
          },
        },
        CacheConnection,
      ],
      exports: [CacheRedis],
    };
  }
}

/** The upper two tiers: Redis through Nest's cache manager, and memory before it. */
@Module({})
export class CacheModule {
  static forRoot(options: CacheOptions): DynamicModule {
    const redisModule = CacheRedisModule.forRoot(options);
    return {
      module: CacheModule,
      imports: [
        redisModule,
        NestCacheModule.registerAsync({
          imports: [redisModule],
          inject: [CacheRedis],
          useFactory: (redis: CacheRedis) => ({ stores: [sharedStore(redis, options)] }),
        }),
      ],
      providers: [
        {
          provide: PreviewCache,
          inject: [CACHE_MANAGER],
          useFactory: (shared: Cache) =>
            new PreviewCache(shared, options.memory === undefined ? null : new MemoryTier(options.memory)),
        },
      ],
      exports: [PreviewCache, redisModule],
    };
  }
}

function sharedStore(redis: CacheRedis, options: CacheOptions): Keyv {
  const tier = new RedisTier({
    client: redis.client,
    writes: options.writes,
    deadlineMs: options.deadlineMs,
    onError: options.onDegraded,
  });
  const keyv = new Keyv({ store: tier, namespace: NAMESPACE });
  // Without this Keyv turns every value into JSON before the store does so again.
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
}
