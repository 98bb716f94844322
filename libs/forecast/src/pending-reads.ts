/** What is to be learned when a period is over in which there was a read; `until` in ms since the epoch. */
export interface PendingRead {
  readonly until: number;
  readonly values: Float64Array;
}

/** Most of them that wait at a time. */
const MOST = 512;

/** Below this share of them, more periods are learned from again. */
const FEW = 1 / 4;

/** Values are stored in steps of a thousandth, times in seconds: two bytes and four. */
const STEPS = 1_000;
const BYTES = 2;
const TIME_BYTES = 4;

export interface StoredPendingReads {
  /** One of 2 to this power periods is learned from. */
  readonly thinned: number;
  /** One after the other, as base64. */
  readonly waiting: string;
}

/**
 * Reads that wait for the end of the period they are in. A read is known within seconds, and that there was none a whole lifetime later: whoever learns from each
 * outcome when it is known begins with a lifetime of nothing but reads, and believes afterwards that all is read. Where too many would wait, periods are left out, read or not: by
 * what they are, and not by what became of them.
 */
export class PendingReads {
  private waiting: PendingRead[] = [];
  private thinned = 0;

  /** @param size how many values each has */
  constructor(private readonly size: number) {}

  /** @throws when it isn't what `store` gave */
  restore(stored: unknown): void {
    const { thinned, waiting } = (stored ?? {}) as Partial<StoredPendingReads>;
    const isWhole = Number.isInteger(thinned) && typeof waiting === 'string';
    const bytes = Buffer.from(isWhole ? waiting : '', 'base64');
    const length = TIME_BYTES + BYTES * this.size;
    if (!isWhole || bytes.length % length !== 0) throw new Error('the stored reads that wait are broken');
    this.thinned = thinned!;
    this.waiting = [];
    for (let place = 0; place < bytes.length; place += length)
      this.waiting.push({
        until: 1_000 * bytes.readUInt32BE(place),
        values: Float64Array.from(
          { length: this.size },
          (_, index) => bytes.readInt16BE(place + TIME_BYTES + BYTES * index) / STEPS,
        ),
      });
  }

  store(): StoredPendingReads {
    const length = TIME_BYTES + BYTES * this.size;
    const bytes = Buffer.alloc(length * this.waiting.length);
    this.waiting.forEach(({ until, values }, index) => {
      const place = length * index;
      bytes.writeUInt32BE(Math.ceil(until / 1_000), place);
      values.forEach((value, at) => bytes.writeInt16BE(stepsOf(value), place + TIME_BYTES + BYTES * at));
    });
    return { thinned: this.thinned, waiting: bytes.toString('base64') };
  }

  /** Whether a period is learned from: one that began at `from` (ms since the epoch), of a key first read at `firstReadAt`. */
  isTaken(from: number, firstReadAt: number): boolean {
    return this.thinned === 0 || hashOf(from + 7 * firstReadAt) % 2 ** this.thinned === 0;
  }

  /** @param values are copied */
  add(until: number, values: Float64Array): void {
    const { waiting } = this;
    let place = waiting.length;
    while (place > 0 && waiting[place - 1]!.until > until) place -= 1;
    waiting.splice(place, 0, { until, values: values.slice() });
    if (waiting.length <= MOST) return;
    this.thinned += 1;
    this.waiting = waiting.filter((_, index) => index % 2 === 0);
  }

  /** Takes those whose periods are over at `now` (ms since the epoch), the earliest first. */
  take(now: number): readonly PendingRead[] {
    const { waiting } = this;
    if (waiting.length === 0 || waiting[0]!.until > now) return [];
    const first = waiting.findIndex(({ until }) => until > now);
    const taken = waiting.splice(0, first < 0 ? waiting.length : first);
    if (this.thinned > 0 && waiting.length < FEW * MOST) this.thinned -= 1;
    return taken;
  }
}

function stepsOf(value: number): number {
  return Math.round(Math.min(32, Math.max(-32, value)) * STEPS);
}

/** Mixes the bits of a whole number below 2^53. */
function hashOf(value: number): number {
  let mixed = Math.imul((value / 2 ** 32) | 0, 0x9e3779b1) ^ (value | 0);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
