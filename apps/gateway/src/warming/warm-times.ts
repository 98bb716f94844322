import { PreviewError } from '#libs/preview';

/** What is planned further ahead (ms) is not known to be wanted. */
const FURTHEST_MS = 30 * 86_400_000;

/** How long before its time a list is begun: so much for each page, and no more than this in all (ms), or its first pages would be old by then. */
const LEAD_PER_PAGE_MS = 250;
const LONGEST_LEAD_MS = 300_000;

/** By when pages are to be warm, and from when on they may be visited. In ms since the epoch. */
export interface WarmTimes {
  readonly dueAt: number;
  readonly startsAt: number;
}

/** A list for a time that is too far away. */
export class WarmTooFarAhead extends PreviewError {
  constructor() {
    super('EINVALDATA', 'at must not be more than 30 days ahead.');
  }
}

/**
 * @param at when the pages are to be warm, in ms since the epoch; undefined, or a time that is past: as soon as can be
 * @throws {WarmTooFarAhead}
 */
export function warmTimes(at: number | undefined, pages: number, now: number): WarmTimes {
  const dueAt = Math.max(at ?? now, now);
  if (dueAt > now + FURTHEST_MS) throw new WarmTooFarAhead();
  const leadMs = Math.min(pages * LEAD_PER_PAGE_MS, LONGEST_LEAD_MS);
  return { dueAt, startsAt: Math.max(now, dueAt - leadMs) };
}
