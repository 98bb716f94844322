import { type DemandChunk, encodeChunk } from './demand-chunk.js';

/** A chunk that the queue hasn't taken yet. */
export interface WaitingChunk {
  readonly id: string;
  /** JSON rather than objects: it takes less than half the memory, and is counted by its length. */
  readonly text: string;
  /** Reads that would be lost with it, those that earlier losses left in its totals included. */
  readonly reads: number;
}

/** Chunks that wait for the queue, in order and bounded in bytes. */
export class ChunkBacklog {
  private readonly waiting: WaitingChunk[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** The oldest one, which is next. */
  get first(): WaitingChunk | undefined {
    return this.waiting[0];
  }

  /** Reads in all chunks that wait. */
  get reads(): number {
    return this.waiting.reduce((sum, { reads }) => sum + reads, 0);
  }

  /** Lets the oldest ones go where there is no room for all. @returns how many reads were in them */
  push(chunk: DemandChunk): number {
    const waiting = asWaiting(chunk);
    this.waiting.push(waiting);
    this.bytes += waiting.text.length;
    let lost = 0;
    // Not the first: it may be under way, or have arrived without our hearing of it.
    while (this.bytes > this.maxBytes && this.waiting.length > 1) lost += this.remove(1).reads;
    return lost;
  }

  /** The queue has taken the first one. */
  shift(): void {
    this.remove(0);
  }

  private remove(index: number): WaitingChunk {
    const [removed] = this.waiting.splice(index, 1);
    if (removed === undefined) throw new Error('no chunk is waiting there');
    this.bytes -= removed.text.length;
    return removed;
  }
}

function asWaiting(chunk: DemandChunk): WaitingChunk {
  const counted = chunk.keys.reduce((sum, { reads }) => sum + reads, 0);
  return {
    id: chunk.id,
    text: JSON.stringify(encodeChunk(chunk)),
    reads: counted + (chunk.totals.dropped ?? 0),
  };
}
