import { KNOWN_READS_BYTES } from './previews/known-reads.js';

/** What a heap takes for each byte that is held in it: garbage that nobody has looked for yet, and pages that have got half empty. Measured (decision 24). */
const HEAP_PER_BYTE = 1.5;

/** Bounds in bytes. */
export interface MemoryShares {
  readonly copies: number;
  readonly bodies: number;
}

/**
 * Divides what `L1_MAX_BYTES` of heap can hold: what reads are known by has its fixed part of it, and previews and the bytes that they are answered with have halves of the rest. A memory too small for that part
 * is half theirs all the same.
 */
export function memoryShares(maxBytes: number): MemoryShares {
  const held = maxBytes / HEAP_PER_BYTE;
  const half = Math.max(1, Math.floor(Math.max(held - KNOWN_READS_BYTES, held / 2) / 2));
  return { copies: half, bodies: half };
}
