import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { BodyText } from '#libs/preview';
import type { ResponseHead } from './response-head.js';

export type ContentCoding = 'br' | 'gzip' | 'identity';

/** The bytes of one representation, with the validator of just these bytes (RFC 9110, section 8.8.3). */
export interface Representation {
  readonly coding: ContentCoding;
  /** A character a byte. */
  readonly text: string;
  readonly etag: string;
  /** What went with these bytes the last time, for as long as they are held. */
  head?: ResponseHead;
}

/** Below this a compressed body would hardly be shorter, in bytes. */
const WORTH_COMPRESSING = 512;

/** What callers accept, as they say it: few texts, that come again and again. Longer ones are judged each time. */
const codings = new LRUCache<string, ContentCoding>({ max: 256 });
const LONGEST_HELD = 128;

/** A JSON body, encoded once in each coding that someone asks for. */
export class EncodedBody {
  private readonly representations = new Map<ContentCoding, Representation>();

  constructor(private readonly body: BodyText) {}

  /** Roughly what it takes in memory with all its codings, in bytes. */
  get size(): number {
    return this.body.text.length * 2;
  }

  in(acceptEncoding: string | undefined): Representation {
    const coding = this.body.text.length < WORTH_COMPRESSING ? 'identity' : preferredCoding(acceptEncoding);
    const known = this.representations.get(coding);
    if (known !== undefined) return known;
    const suffix = coding === 'identity' ? '' : `-${coding}`;
    const text = coding === 'identity' ? this.body.text : compressed(this.body.text, coding);
    const representation: Representation = { coding, text, etag: `"${this.body.hash}${suffix}"` };
    this.representations.set(coding, representation);
    return representation;
  }
}

/** Brotli, else gzip, else as it is: the shortest that the caller takes (RFC 9110, section 12.5.3). */
export function preferredCoding(acceptEncoding: string | undefined): ContentCoding {
  if (acceptEncoding === undefined) return 'identity';
  if (acceptEncoding.length > LONGEST_HELD) return judged(acceptEncoding);
  const held = codings.get(acceptEncoding);
  if (held !== undefined) return held;
  const coding = judged(acceptEncoding);
  codings.set(acceptEncoding, coding);
  return coding;
}

function judged(acceptEncoding: string): ContentCoding {
  const accepted = new Map<string, boolean>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
    accepted.set(coding, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)));
  }
  const takes = (coding: string) => accepted.get(coding) ?? accepted.get('*') ?? false;
  if (takes('br')) return 'br';
  return takes('gzip') ? 'gzip' : 'identity';
}

function compressed(text: string, coding: Exclude<ContentCoding, 'identity'>): string {
  const bytes = Buffer.from(text, 'latin1');
  const fewer =
    coding === 'br'
      ? brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
      : gzipSync(bytes);
  return fewer.toString('latin1');
}
