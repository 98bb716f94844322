export { Broadcast, type BroadcastListener } from './broadcast.js';
export { cacheEnv, memoryTierEnv } from './cache.env.js';
export { CacheModule, type CacheOptions } from './cache.module.js';
export type { MemoryUsage } from './memory-tier.js';
export { type Found, PreviewCache, type Tier } from './preview-cache.js';
export type { VersionFloor } from './version-floor.js';
