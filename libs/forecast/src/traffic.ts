/** What all keys together are doing, in logarithms to base 2. All zero where it isn't known. */
export interface Traffic {
  /** How reads of a minute, of ten minutes and of an hour compare with those of the next longer time. */
  readonly trends: readonly [number, number, number];
  /** Seconds since the last read of any key, and one. */
  readonly silence: number;
}

/** A moment of the past. */
interface Sample extends Traffic {
  readonly at: number;
}

export interface StoredTrafficHistory {
  /** The last read of any key, in ms since the epoch; null before there was one. */
  readonly lastReadAt: number | null;
  readonly reads: readonly number[];
  /** Per moment: its time, three trends, silence. */
  readonly samples: readonly (readonly number[])[];
}

/** Time constants (ms) in which reads are counted with exponential decay: a minute, ten, an hour, six. */
const WINDOWS_MS = [60_000, 600_000, 3_600_000, 21_600_000] as const;

export const UNKNOWN_TRAFFIC: Traffic = { trends: [0, 0, 0], silence: 0 };

/** Least time between two moments that are kept, in ms; and for older ones as a share of their age. */
const KEEP = { everyMs: 15_000, perAge: 1 / 16 };

/** As long as the longest lifetime, and the words that come after it: 31 days (ms). */
const OLDEST_MS = 31 * 86_400_000;

/**
 * Demand for all keys, now and as it was: a period is settled up to a lifetime after it began, and what is learned from it has to be what was known
 * then. Older moments are kept the more thinly the older they are, some two hundred in all.
 */
export class TrafficHistory {
  private readAt = Number.NEGATIVE_INFINITY;
  private readonly reads = WINDOWS_MS.map(() => 0);
  private samples: Sample[] = [];

  /** @throws when it isn't what `store` gave */
  static from(stored: unknown): TrafficHistory {
    if (!isStored(stored)) throw new Error('the stored traffic is broken');
    const history = new TrafficHistory();
    history.readAt = stored.lastReadAt ?? Number.NEGATIVE_INFINITY;
    stored.reads.forEach((reads, index) => (history.reads[index] = reads));
    history.samples = stored.samples.map(([at, short, middle, long, silence]) => ({
      at: at!,
      trends: [short!, middle!, long!],
      silence: silence!,
    }));
    return history;
  }

  store(): StoredTrafficHistory {
    return {
      lastReadAt: Number.isFinite(this.readAt) ? this.readAt : null, // JSON has no -Infinity
      reads: [...this.reads],
      samples: this.samples.map(({ at, trends, silence }) => [at, ...trends, silence]),
    };
  }

  /** The last read of any key, in ms since the epoch; -Infinity before there was one. */
  get lastReadAt(): number {
    return this.readAt;
  }

  /** Adds reads, whosever they are. Those that come late count as if they were of the last moment that is known. */
  count(reads: number, at: number): void {
    if (at - (this.samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= KEEP.everyMs) this.keep(at);
    const forMs = Math.max(0, at - this.readAt);
    for (let index = 0; index < WINDOWS_MS.length; index += 1)
      this.reads[index] = this.reads[index]! * Math.exp(-forMs / WINDOWS_MS[index]!) + reads;
    this.readAt = Math.max(this.readAt, at);
  }

  /** As it is at a time after the last read (ms since the epoch). */
  now(at: number): Traffic {
    if (!Number.isFinite(this.readAt)) return UNKNOWN_TRAFFIC;
    const silentMs = Math.max(0, at - this.readAt);
    const rates = WINDOWS_MS.map((windowMs, index) =>
      Math.log2((this.reads[index]! * Math.exp(-silentMs / windowMs) + 1) / windowMs),
    );
    return {
      trends: [rates[0]! - rates[1]!, rates[1]! - rates[2]!, rates[2]! - rates[3]!],
      silence: Math.log2(1 + silentMs / 1_000),
    };
  }

  /** As it was at a time (ms since the epoch), by the last moment before it that is kept. */
  at(time: number): Traffic {
    const { samples } = this;
    if (samples.length === 0 || time >= this.readAt) return this.now(time);
    let [low, high] = [0, samples.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (samples[middle]!.at <= time) low = middle;
      else high = middle;
    }
    return samples[low]!;
  }

  private keep(at: number): void {
    const { trends, silence } = this.now(at);
    let kept: Sample[] = [];
    for (const sample of this.samples) {
      const age = at - sample.at;
      if (age > OLDEST_MS)
        kept = [sample]; // the last of them is what was known when the longest lifetime began
      else if (sample.at - (kept.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= KEEP.perAge * age - 1)
        kept.push(sample);
    }
    kept.push({
      at,
      trends: [rounded(trends[0]), rounded(trends[1]), rounded(trends[2])],
      silence: rounded(silence),
    });
    this.samples = kept;
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function isStored(stored: unknown): stored is StoredTrafficHistory {
  if (typeof stored !== 'object' || stored === null) return false;
  const { lastReadAt, reads, samples } = stored as Partial<StoredTrafficHistory>;
  const areNumbers = (numbers: unknown, length: number) =>
    Array.isArray(numbers) && numbers.length === length && numbers.every(Number.isFinite);
  if (lastReadAt !== null && !Number.isFinite(lastReadAt)) return false;
  return (
    areNumbers(reads, WINDOWS_MS.length) &&
    Array.isArray(samples) &&
    samples.every((sample) => areNumbers(sample, 5))
  );
}
