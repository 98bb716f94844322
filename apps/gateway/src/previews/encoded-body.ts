import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export type ContentCoding = 'br' | 'gzip' | 'identity';

/** The bytes of one representation, with the validator of just these bytes (RFC 9110, section 8.8.3). */
export interface Representation {
  readonly coding: ContentCoding;
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Below this a compressed body would hardly be shorter, in bytes. */
const WORTH_COMPRESSING = 512;

/** A JSON body, encoded once in each coding that someone asks for. */
export class EncodedBody {
  private readonly identity: Buffer;
  private readonly hash: string;
  private readonly representations = new Map<ContentCoding, Representation>();

  constructor(body: unknown) {
    this.identity = inItsOwnMemory(Buffer.from(JSON.stringify(body)));
    this.hash = createHash('sha256').update(this.identity).digest('base64url').slice(0, 22);
  }

  /** Roughly what it takes in memory with all its codings, in bytes. */
  get size(): number {
    return this.identity.length * 2;
  }

  in(acceptEncoding: string | undefined): Representation {
    const coding = this.identity.length < WORTH_COMPRESSING ? 'identity' : preferredCoding(acceptEncoding);
    const known = this.representations.get(coding);
    if (known !== undefined) return known;
    const suffix = coding === 'identity' ? '' : `-${coding}`;
    const bytes = coding === 'identity' ? this.identity : inItsOwnMemory(compressed(this.identity, coding));
    const representation = { coding, bytes, etag: `"${this.hash}${suffix}"` };
    this.representations.set(coding, representation);
    return representation;
  }
}

/** Brotli, else gzip, else as it is: the shortest that the caller takes (RFC 9110, section 12.5.3). */
export function preferredCoding(acceptEncoding: string | undefined): ContentCoding {
  if (acceptEncoding === undefined) return 'identity';
  const accepted = new Map<string, boolean>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
    accepted.set(coding, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)));
  }
  const takes = (coding: string) => accepted.get(coding) ?? accepted.get('*') ?? false;
  if (takes('br')) return 'br';
  return takes('gzip') ? 'gzip' : 'identity';
}

/** What Node hands out shares a slab of 8 KiB or keeps zlib's 16: bytes that stay must not hold that. */
function inItsOwnMemory(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

function compressed(bytes: Buffer, coding: Exclude<ContentCoding, 'identity'>): Buffer {
  if (coding === 'br') return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
  return gzipSync(bytes);
}
