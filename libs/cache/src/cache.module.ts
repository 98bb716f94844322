import { CACHE_MANAGER, CacheModule as NestCacheModule } from '@nestjs/cache-manager';
import { type DynamicModule, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { Keyv } from 'keyv';
import { withinDeadline } from '#libs/preview';
import { CacheRedis, cacheRedisAt, CircuitBreaker, ClusterCacheRedis, SingleCacheRedis } from '#libs/redis';
import { FloorChannel } from './floor-channel.js';
import { MemoryTier, type MemoryTierOptions } from './memory-tier.js';
import { PreviewCache } from './preview-cache.js';
import { ClusterTier } from './cluster-tier.js';
import { RedisTier } from './redis-tier.js';
import type { RedisTierWrites } from './write-copy.js';

export interface CacheOptions {
  readonly redisUrl: string;
  readonly writes: RedisTierWrites;
  readonly deadlineMs: number;
  /** Absent in a process that only writes. */
  readonly memory?: MemoryTierOptions;
  /** A command or the connection failed and was taken as a miss: for counting, as there are many when it fails at all. */
  readonly onError: (error: unknown) => void;
  /** Redis isn't asked for a while, because of this error. */
  readonly onDegraded: (cause: unknown) => void;
  readonly onRecovered: () => void;
}

/** Prefix of every preview in Redis. The number is the shape of a packed copy: a change of shape starts over beside the old one. */
const NAMESPACE = 'warmlink:preview:3';

/** Five failures in a row, and nobody waits for Redis for two seconds; then one command tries again. */
const BREAKER = { threshold: 5, restMs: 2_000 };

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
            const redis = cacheRedisAt(options.redisUrl, { onError: options.onError });
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
          inject: [CACHE_MANAGER, CacheRedis],
          useFactory: (shared: Cache, redis: CacheRedis) => previewCache(shared, redis, options),
        },
      ],
      exports: [PreviewCache, redisModule],
    };
  }
}

function previewCache(shared: Cache, redis: CacheRedis, { memory }: CacheOptions): PreviewCache {
  const floors = new FloorChannel(redis, `${NAMESPACE}:`);
  if (memory === undefined) return new PreviewCache(shared, null, floors);
  const cache = new PreviewCache(shared, new MemoryTier(memory), floors);
  floors.listen({ onFloor: (floor) => cache.raise(floor), onConnected: () => cache.forgetMemory() });
  return cache;
}

function sharedStore(redis: CacheRedis, options: CacheOptions): Keyv {
  const keyv = new Keyv({ store: tierOf(redis, options), namespace: NAMESPACE });
  // Without this Keyv turns every value into JSON before the store does so again.
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
}

function tierOf(redis: CacheRedis, options: CacheOptions): RedisTier | ClusterTier {
  const { writes, deadlineMs, onError, onDegraded, onRecovered } = options;
  const aBreaker = () => new CircuitBreaker({ ...BREAKER, onOpen: onDegraded, onClose: onRecovered });
  if (redis instanceof ClusterCacheRedis)
    return new ClusterTier({ redis, writes, deadlineMs, onError, aBreaker });
  if (redis instanceof SingleCacheRedis)
    return new RedisTier({ redis, writes, deadlineMs, onError, breaker: aBreaker() });
  throw new Error('no tier for this kind of Redis');
}
