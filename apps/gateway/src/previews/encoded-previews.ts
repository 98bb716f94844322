import { LRUCache } from 'lru-cache';
import type { PreviewEntry } from '#libs/preview';
import { EncodedBody } from './encoded-body.js';
import { isWhole, previewBody, type Projection } from './preview-body.js';

/** Bodies as bytes, each encoded once per version; bounded in bytes. */
export class EncodedPreviews {
  private readonly bodies: LRUCache<string, { version: number; body: EncodedBody }>;

  constructor(maxBytes: number) {
    this.bodies = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ body }) => body.size + 512 });
  }

  /** @throws {OriginFailed} when the entry says how a scrape failed */
  encode(entry: PreviewEntry, projection: Projection, now: number): EncodedBody {
    const body = previewBody(entry, projection, now);
    // What one caller chose to see is encoded for him alone: there are too many choices to keep.
    return isWhole(projection) ? this.shared(entry, body) : new EncodedBody(body);
  }

  private shared({ key, version }: PreviewEntry, body: unknown): EncodedBody {
    const held = this.bodies.get(key);
    if (held?.version === version) return held.body;
    const encoded = new EncodedBody(body);
    this.bodies.set(key, { version, body: encoded });
    return encoded;
  }
}
