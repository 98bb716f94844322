import { hash } from 'node:crypto';

/** A JSON body as it is sent. */
export interface BodyText {
  /** A character a byte: what is copied into an answer with its head. */
  readonly text: string;
  /** Names just these bytes, as an entity-tag does (RFC 9110, section 8.8.3). */
  readonly hash: string;
}

/** Characters of base64url that 128 bits take. */
const HASH_LENGTH = 22;

export function bodyText(body: unknown): BodyText {
  const bytes = Buffer.from(JSON.stringify(body));
  return {
    text: bytes.toString('latin1'),
    hash: hash('sha256', bytes, 'base64url').slice(0, HASH_LENGTH),
  };
}
