import { LRUCache } from 'lru-cache';
import {
  bodyText,
  fetchCandidates,
  isWhole,
  type PreviewCopy,
  previewBody,
  type Projection,
  showsPreview,
} from '#libs/preview';
import { EncodedBody } from './encoded-body.js';
import { OriginFailed } from './origin-failed.js';

/** What an entry takes beside its bytes, in bytes: most of it headers. */
const OVERHEAD = 3_072;

/** Bodies as bytes, with and without an embed, with and without colours, each encoded once per version; bounded in bytes. */
export class EncodedPreviews {
  private readonly bodies: LRUCache<string, { version: number; body: EncodedBody }>;

  constructor(maxBytes: number) {
    this.bodies = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ body }) => body.size + OVERHEAD });
  }

  /** @throws {OriginFailed} when the copy says how a scrape failed */
  encode(copy: PreviewCopy, projection: Projection, now: number): EncodedBody {
    requirePreview(copy, now); // a version's bytes stay what they are; whether they are shown is a matter of time
    // What one caller chose to see is encoded for him alone: there are too many choices to keep.
    if (!isWhole(projection)) return ofChoice(copy, projection);
    const name = variantOf(copy, projection);
    const held = this.bodies.get(name);
    if (held?.version === copy.version) return held.body;
    const body = name === copy.key ? new EncodedBody(copy.wholeBody) : ofChoice(copy, projection);
    this.bodies.set(name, { version: copy.version, body });
    return body;
  }
}

function ofChoice(copy: PreviewCopy, projection: Projection): EncodedBody {
  return new EncodedBody(bodyText(previewBody(copy.whole(), projection)));
}

/** Names the bytes that a caller gets: who asks for what isn't there shares those of all others. */
function variantOf({ key, hasEmbed, pictures }: PreviewCopy, { iframe, palette }: Projection): string {
  const embed = iframe && hasEmbed ? '+iframe' : '';
  return `${key}${embed}${palette && pictures !== 'none' ? '+palette' : ''}`;
}

/** @throws {OriginFailed} when a copy says how a scrape failed, rather than what the page has */
function requirePreview(copy: PreviewCopy, now: number): void {
  if (showsPreview(copy, now)) return;
  const { url, outcome } = copy;
  if (outcome.kind === 'success') throw new Error(`${url} was stored as a success without a preview`);
  throw new OriginFailed(fetchCandidates(url)[0] ?? url, outcome);
}
