import { hash } from 'node:crypto';
import type { CanonicalUrl } from './canonical-url.js';

/** Names one preview in every tier: 128 bits in the text form of a uuid. */
export type PreviewKey = string & { readonly __brand: 'PreviewKey' };

/** The first 128 bits of SHA-256 over the canonical URL, which Postgres stores as a 16-byte `uuid`. */
export function previewKey(url: CanonicalUrl): PreviewKey {
  const hex = hash('sha256', url, 'hex').slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as PreviewKey;
}
