import { randomUUID } from 'node:crypto';
import { CHUNK_BYTES, type DemandChunk, encodeChunk, type KeyDemand, keyBytes } from './demand-chunk.js';

/** What was counted from one moment to another. */
export type DemandWindow = Omit<DemandChunk, 'id'>;

/** A window in as many chunks as it needs, none for an empty one. The first carries the totals. */
export function windowChunks({ from, until, keys, totals }: DemandWindow): readonly DemandChunk[] {
  const chunks: DemandChunk[] = [];
  const chunkOf = (part: readonly KeyDemand[]): DemandChunk => ({
    id: randomUUID(),
    from,
    until,
    keys: part,
    totals: chunks.length === 0 ? totals : {},
  });
  // All of it but the keys; of the later chunks, which have no totals, it is a little too much.
  const bareBytes = JSON.stringify(encodeChunk(chunkOf([]))).length;
  let part: KeyDemand[] = [];
  let bytes = bareBytes;
  for (const demand of keys) {
    const more = keyBytes(demand, from);
    if (bytes + more > CHUNK_BYTES) {
      chunks.push(chunkOf(part));
      [part, bytes] = [[], bareBytes];
    }
    part.push(demand);
    bytes += more;
  }
  if (part.length > 0 || (chunks.length === 0 && Object.keys(totals).length > 0)) chunks.push(chunkOf(part));
  return chunks;
}
