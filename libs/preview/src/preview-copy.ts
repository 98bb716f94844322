import { type BodyText, bodyText } from './body-text.js';
import type { CanonicalUrl } from './canonical-url.js';
import type { Standing } from './freshness.js';
import { hasEmbed, picturesState, type PicturesState, previewBody, WHOLE } from './preview-body.js';
import { type PreviewEntry, type ScrapeFailure, type VisitReason, visitVersion } from './preview-entry.js';
import type { PreviewKey } from './preview-key.js';

/** What of an entry is asked for at every read. */
interface CopyHead extends Standing {
  readonly version: number;
  /** Version of the visit that the copy is from. */
  readonly visit: number;
  readonly url: CanonicalUrl;
  readonly tags: readonly string[];
  readonly fetchedFor: VisitReason;
  readonly preview: true | null;
  readonly outcome: ScrapeFailure | { readonly kind: 'success' };
  readonly hasEmbed: boolean;
  readonly pictures: PicturesState;
}

/** A head as it is written down; what most copies have isn't. */
type WrittenHead = Omit<CopyHead, 'visit' | 'tags' | 'outcome' | 'hasEmbed'> &
  Partial<CopyHead> & {
    readonly hash?: string;
    /** Characters of the body that follows. */
    readonly length?: number;
  };

const SUCCESS = { kind: 'success' } as const;
const NO_TAGS: readonly string[] = [];

/**
 * An entry as the tiers hold and hand it on. What decides about a read is at hand, and so is the body that most readers get, as bytes to be copied; the rest is
 * read when somebody asks for it.
 *
 * Written down it is one text, a character a byte: a line of JSON that begins with the version, the body, and the entry's JSON.
 */
export class PreviewCopy implements CopyHead {
  readonly version: number;
  readonly visit: number;
  readonly url: CanonicalUrl;
  readonly tags: readonly string[];
  readonly fetchedFor: VisitReason;
  readonly fetchedAt: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
  readonly preview: true | null;
  readonly outcome: CopyHead['outcome'];
  readonly hasEmbed: boolean;
  readonly pictures: PicturesState;

  private constructor(
    readonly key: PreviewKey,
    head: CopyHead,
    private body: BodyText | undefined,
    private entry: PreviewEntry | undefined,
    private packed: string | undefined,
    /** Where it stands in `packed`. */
    private entryAt: number,
  ) {
    this.version = head.version;
    this.visit = head.visit;
    this.url = head.url;
    this.tags = head.tags;
    this.fetchedFor = head.fetchedFor;
    this.fetchedAt = head.fetchedAt;
    this.freshUntil = head.freshUntil;
    this.staleUntil = head.staleUntil;
    this.preview = head.preview;
    this.outcome = head.outcome;
    this.hasEmbed = head.hasEmbed;
    this.pictures = head.pictures;
  }

  static of(entry: PreviewEntry): PreviewCopy {
    const { preview, outcome } = entry;
    const head: CopyHead = {
      version: entry.version,
      visit: visitVersion(entry),
      url: entry.url,
      tags: entry.tags,
      fetchedFor: entry.fetchedFor,
      fetchedAt: entry.fetchedAt,
      freshUntil: entry.freshUntil,
      staleUntil: entry.staleUntil,
      preview: preview === null ? null : true,
      outcome: outcome.kind === 'success' ? SUCCESS : outcome,
      hasEmbed: hasEmbed(entry),
      pictures: picturesState(preview),
    };
    return new PreviewCopy(entry.key, head, undefined, entry, undefined, 0);
  }

  /** @returns undefined for what isn't a copy that was packed */
  static unpack(key: PreviewKey, packed: string): PreviewCopy | undefined {
    const end = packed.indexOf('\n');
    if (end < 0) return undefined;
    const said = parsed(packed.slice(0, end));
    if (said === undefined) return undefined;
    const { length = 0, hash, ...written } = said;
    const head = {
      visit: written.version,
      tags: NO_TAGS,
      outcome: SUCCESS,
      hasEmbed: false,
      ...written,
    };
    const entryAt = end + 1 + length;
    const body = hash === undefined ? undefined : { text: packed.slice(end + 1, entryAt), hash };
    return new PreviewCopy(key, head, body, undefined, packed, entryAt);
  }

  /** The body for callers who chose nothing. Only a copy with a preview has one. */
  get wholeBody(): BodyText {
    return (this.body ??= bodyText(previewBody(this.whole(), WHOLE)));
  }

  /** All of it. */
  whole(): PreviewEntry {
    return this.entry ?? (JSON.parse(fromBytes(this.packed!.slice(this.entryAt))) as PreviewEntry);
  }

  /** All of it as one text; what is lighter to hold from then on. */
  pack(): string {
    return (this.packed ??= this.written());
  }

  private written(): string {
    const { version, visit, url, tags, fetchedFor, fetchedAt, freshUntil, staleUntil } = this;
    const { preview, outcome, pictures } = this;
    const body = preview === null ? undefined : this.wholeBody;
    const head: WrittenHead = {
      version, // first: what replaces older versions in Redis looks there
      url,
      fetchedFor,
      fetchedAt,
      freshUntil,
      staleUntil,
      preview,
      pictures,
      ...(visit !== version && { visit }),
      ...(tags.length > 0 && { tags }),
      ...(outcome.kind === 'failure' && { outcome }),
      ...(this.hasEmbed && { hasEmbed: true }),
      ...(body !== undefined && { hash: body.hash, length: body.text.length }),
    };
    const line = `${ascii(JSON.stringify(head))}\n`;
    const packed = `${line}${body?.text ?? ''}${bytesOf(JSON.stringify(this.entry))}`;
    this.entryAt = line.length + (body?.text.length ?? 0);
    this.entry = undefined;
    if (body !== undefined) this.body = { ...body, text: packed.slice(line.length, this.entryAt) };
    return packed;
  }
}

function parsed(line: string): WrittenHead | undefined {
  try {
    return JSON.parse(line) as WrittenHead;
  } catch {
    return undefined;
  }
}

/** A character a byte. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function fromBytes(text: string): string {
  return Buffer.from(text, 'latin1').toString();
}

/** JSON of the same meaning in which each character is a byte. */
function ascii(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
