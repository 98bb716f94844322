import type { PreviewAnswer } from './preview-reader.js';

/**
 * The headers that say what happened to a read: Microlink's, and Cache-Status (RFC 9211), whose detail names the tier
 * that the answer came from.
 */
export function cacheHeaders({ entry, tier, scraped }: PreviewAnswer, now: number): Record<string, string> {
  const ttlMs = Math.max(0, entry.freshUntil - now);
  const ttl = `ttl=${Math.floor(ttlMs / 1000)}`;
  return {
    'x-cache-status': scraped ? 'MISS' : 'HIT',
    'x-cache-ttl': String(ttlMs),
    'cache-status': scraped
      ? `warmlink; fwd=miss; stored; ${ttl}; detail=${tier}`
      : `warmlink; hit; ${ttl}; detail=${tier}`,
    // Nothing in front may keep an answer before there are validators and freshness for it to go by.
    'cache-control': 'no-store',
  };
}
