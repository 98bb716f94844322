import { z } from 'zod';
import type { PreviewKey } from '#libs/preview';
import { type OutcomeTotals, READ_OUTCOMES } from './read-outcome.js';

/** The queue that read counts are handed over in. */
export const DEMAND_QUEUE = 'demand';

/** Most bytes of a chunk as JSON. */
export const CHUNK_BYTES = 64 * 1024;

/** Reads of one key within a window. Times are ms since the epoch. */
export interface KeyDemand {
  readonly key: PreviewKey;
  readonly reads: number;
  /** How many of `reads` may belong to other keys; 0 unless there were more keys than counters. */
  readonly error: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** One hand-over of read counts. A worker adds each id once, however often it comes. */
export interface DemandChunk {
  /** A uuid. */
  readonly id: string;
  /** The window that was counted in, ms since the epoch. A window has as many chunks as it needs. */
  readonly from: number;
  readonly until: number;
  readonly keys: readonly KeyDemand[];
  /** Of the whole window, and in its first chunk alone. */
  readonly totals: OutcomeTotals;
}

/** `[key, reads, error, first, last]`: times in ms from the window's start, as a window is short and a chunk has a thousand keys. */
type EncodedKey = readonly [string, number, number, number, number];

/** A chunk as it travels, as JSON. */
export interface EncodedChunk {
  readonly id: string;
  readonly from: number;
  readonly until: number;
  readonly keys: readonly EncodedKey[];
  readonly totals: OutcomeTotals;
}

export function encodeChunk({ keys, ...chunk }: DemandChunk): EncodedChunk {
  return { ...chunk, keys: keys.map((demand) => encodeKey(demand, chunk.from)) };
}

/** @throws {Error} that says what is wrong, where this is no chunk: nothing of it can be relied on then */
export function decodeChunk(data: unknown): DemandChunk {
  const result = encodedChunk.safeParse(data);
  if (!result.success) throw new Error(`Not a chunk of demand: ${firstProblem(result.error)}`);
  const { keys, ...chunk } = result.data;
  return { ...chunk, keys: keys.map((encoded) => decodeKey(encoded, chunk.from)) };
}

/** Bytes that a key takes in a chunk, with its comma. It is all ASCII. */
export function keyBytes({ key, reads, error, firstAt, lastAt }: KeyDemand, from: number): number {
  // As text and added up, not as JSON: a window can have 65,536 keys, and readers wait while it is cut.
  const digits = `${reads}${error}${firstAt - from}${lastAt - from}`.length;
  return key.length + digits + '["",,,,],'.length;
}

function encodeKey({ key, reads, error, firstAt, lastAt }: KeyDemand, from: number): EncodedKey {
  return [key, reads, error, firstAt - from, lastAt - from];
}

function decodeKey([key, reads, error, first, last]: EncodedKey, from: number): KeyDemand {
  return { key: key as PreviewKey, reads, error, firstAt: from + first, lastAt: from + last };
}

/** More keys than this don't fit: none takes fewer than 48 bytes. */
const MOST_KEYS = Math.floor(CHUNK_BYTES / 48);

/** The last moment that a Date can name, in ms since the epoch. */
const LAST_MOMENT = 8_640_000_000_000_000;

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected a uuid');
const count = z.int().nonnegative();
const moment = count.max(LAST_MOMENT);

const encodedKey = z
  .tuple([uuid, count.min(1), count, moment, moment])
  .refine(([, reads, error]) => error < reads, 'more reads may belong to other keys than were counted')
  .refine(([, , , first, last]) => first <= last, 'the last read came before the first');

const encodedChunk = z
  .strictObject({
    id: uuid,
    from: moment,
    until: moment,
    keys: z.array(encodedKey).max(MOST_KEYS),
    totals: z.partialRecord(z.enum(READ_OUTCOMES), count),
  })
  .refine(({ from, until }) => from <= until, 'the window ends before it starts')
  .refine(
    ({ keys, from, until }) => keys.every(([, , , , last]) => from + last <= until),
    'a read came after the window',
  )
  .refine(({ keys }) => new Set(keys.map(([key]) => key)).size === keys.length, 'a key stands there twice');

/** One is enough: a chunk that is wrong in one place may be in a thousand. */
function firstProblem({ issues: [issue] }: z.ZodError): string {
  return [issue?.path.join('.'), issue?.message].filter(Boolean).join(': ');
}
