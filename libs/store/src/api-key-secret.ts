import { createHash, randomBytes } from 'node:crypto';

/** So that people, and programs that look for secrets where there should be none, know one when they see it. */
const PREFIX = 'wl_';

/** 256 bits: nobody finds one by trying, however fast a digest is made. */
const BYTES = 32;

const SHAPE = new RegExp(`^${PREFIX}[\\w-]{43}$`);

/** Characters at its end by which people tell one key from another. */
const ENDING = 4;

export function newApiKeySecret(): string {
  return PREFIX + randomBytes(BYTES).toString('base64url');
}

/** Whether a text could be one: what has another shape needn't be looked for. */
export function isApiKeySecret(text: string): boolean {
  return SHAPE.test(text);
}

export function endingOf(secret: string): string {
  return secret.slice(-ENDING);
}

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
