export { cacheEnv, memoryTierEnv } from './cache.env.js';
export { CacheModule, type CacheOptions } from './cache.module.js';
export { type Found, PreviewCache, type Tier } from './preview-cache.js';
export type { VersionFloor } from './version-floor.js';
