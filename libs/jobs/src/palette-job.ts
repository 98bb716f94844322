import type { JobsOptions } from 'bullmq';
import type { CanonicalUrl, PreviewKey } from '#libs/preview';

/** The queue in which pages wait whose pictures' colours somebody asked for: they hold up no scrape. */
export const PALETTE_QUEUE = 'palettes';

/** The page is read from the store: by then it may name other pictures. All but the key is for people who look at the queue, or into the logs. */
export interface PaletteJobData {
  readonly key: PreviewKey;
  /** Absent in jobs of the version before this. */
  readonly url?: CanonicalUrl;
  /** Who asked first: a key by its name, a token by its variable, or `anonymous`. Never a secret or an address. */
  readonly askedBy?: string;
  /** The request that it was asked for first. */
  readonly requestId?: string;
}

/** How a job of a key is queued: whoever asks while one waits or runs joins it. Attempts are for faults of our own; nobody waits for long. */
export function paletteJobOptions(key: PreviewKey): JobsOptions {
  return {
    deduplication: { id: key },
    attempts: 3,
    backoff: { type: 'custom' },
    removeOnComplete: { age: 600, count: 1_000 },
    removeOnFail: { age: 86_400, count: 1_000 },
  };
}
