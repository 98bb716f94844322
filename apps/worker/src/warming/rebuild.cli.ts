import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { z } from 'zod';
import { CacheModule, cacheEnv, PreviewCache } from '#libs/cache';
import { Clock } from '#libs/preview';
import { CacheRedis, redisEnv } from '#libs/redis';
import { commandEnvironment, readSettings } from '#libs/settings';
import { HotPreviews, storeEnv, StoreModule } from '#libs/store';
import { Logger, runProcess, telemetryEnv } from '#libs/telemetry';
import { workerEnv } from '../worker.env.js';
import { CacheRebuild } from './cache-rebuild.js';

/** What `npm run warm:rebuild` reads: it fills the caching Redis from Postgres now, whether that was emptied or not. */
const rebuildEnv = {
  REDIS_CACHE_URL: redisEnv.REDIS_CACHE_URL,
  ...storeEnv,
  ...cacheEnv,
  ...telemetryEnv,
  WARM_REBUILD_KEYS: workerEnv.WARM_REBUILD_KEYS,
};

type RebuildEnv = z.output<z.ZodObject<typeof rebuildEnv>>;

await runProcess(async () => {
  const env = readSettings(rebuildEnv, commandEnvironment(process.env));
  const logger = new Logger('warm:rebuild', env.LOG_LEVEL);
  const app = await NestFactory.createApplicationContext(rebuildModule(env, logger), {
    logger,
    abortOnError: false,
  });
  try {
    const startedAt = performance.now();
    const count = await app.get(CacheRebuild).run();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    console.log(`Previews put back into Redis: ${count}, in ${seconds} s.`);
  } finally {
    await app.close();
  }
});

function rebuildModule(env: RebuildEnv, logger: Logger): DynamicModule {
  return {
    module: class RebuildModule {},
    imports: [
      StoreModule.forWriting({
        url: env.DATABASE_URL,
        poolSize: env.DATABASE_POOL,
        readDeadlineMs: env.STORE_DEADLINE,
        bootAttempts: 1, // who typed the command sees that it isn't there
      }),
      CacheModule.forRoot({
        redisUrl: env.REDIS_CACHE_URL,
        writes: 'replace',
        deadlineMs: env.CACHE_DEADLINE,
        onError: (error) => logger.debug('cache', error),
        onDegraded: (cause) => logger.warn('Redis (cache) is away', cause),
        onRecovered: () => logger.info('Redis (cache) is back'),
      }),
    ],
    providers: [
      {
        provide: CacheRebuild,
        inject: [HotPreviews, PreviewCache, CacheRedis],
        useFactory: (hot: HotPreviews, cache: PreviewCache, redis: CacheRedis) =>
          new CacheRebuild(hot, cache, redis, new Clock(), logger, { keys: env.WARM_REBUILD_KEYS }),
      },
    ],
  };
}
