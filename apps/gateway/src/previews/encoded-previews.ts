import { LRUCache } from 'lru-cache';
import type { PreviewEntry } from '#libs/preview';
import { EncodedBody } from './encoded-body.js';
import { embedOf, hasPictures, isWhole, previewBody, type Projection, shownPreview } from './preview-body.js';

/** Bodies as bytes, with and without an embed, with and without colours, each encoded once per version; bounded in bytes. */
export class EncodedPreviews {
  private readonly bodies: LRUCache<string, { version: number; body: EncodedBody }>;

  constructor(maxBytes: number) {
    this.bodies = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ body }) => body.size + 512 });
  }

  /** @throws {OriginFailed} when the entry says how a scrape failed */
  encode(entry: PreviewEntry, projection: Projection, now: number): EncodedBody {
    shownPreview(entry, now); // a version's bytes stay what they are; whether they are shown is a matter of time
    const body = () => previewBody(entry, projection, now);
    // What one caller chose to see is encoded for him alone: there are too many choices to keep.
    if (!isWhole(projection)) return new EncodedBody(body());
    return this.shared(variantOf(entry, projection), entry.version, body);
  }

  private shared(name: string, version: number, body: () => unknown): EncodedBody {
    const held = this.bodies.get(name);
    if (held?.version === version) return held.body;
    const encoded = new EncodedBody(body());
    this.bodies.set(name, { version, body: encoded });
    return encoded;
  }
}

/** Names the bytes that a caller gets: who asks for what isn't there shares those of all others. */
function variantOf(entry: PreviewEntry, { iframe, palette }: Projection): string {
  const embed = iframe && embedOf(entry) !== null ? '+iframe' : '';
  return `${entry.key}${embed}${palette && hasPictures(entry) ? '+palette' : ''}`;
}
