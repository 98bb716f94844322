/**
 * When a key is woken up, in few bytes: triples of (hour of the week, in which of the last eight weeks, minute), sorted by hour. Bit 0 of the weeks is the week of
 * the key's last read. A key that is read every Monday at nine takes three bytes; one that is always read takes none, none takes more than 504.
 */
export type HourProfile = Uint8Array;

export const NO_HOURS: HourProfile = new Uint8Array(0);

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
export const HOURS_OF_WEEK = 168;
export const BYTES_PER_HOUR = 3;

/** The epoch began on a Thursday, and our week does on Monday 00:00 UTC. */
const EPOCH_OFFSET_MS = 72 * HOUR_MS;

/** A read after so long without any (ms) is one that wakes a key up. */
export const SLEEP_MS = HOUR_MS;

/** The hour of the week of a time (ms since the epoch): 0 is Monday 00:00 to 01:00 UTC. */
export function hourOfWeek(at: number): number {
  const hour = Math.floor((at + EPOCH_OFFSET_MS) / HOUR_MS) % HOURS_OF_WEEK;
  return (hour + HOURS_OF_WEEK) % HOURS_OF_WEEK; // what came before the epoch has a negative rest
}

/** Weeks whose Mondays lie between two times (ms since the epoch). */
export function weeksBetween(earlier: number, later: number): number {
  return weekOf(later) - weekOf(earlier);
}

function weekOf(at: number): number {
  return Math.floor((at + EPOCH_OFFSET_MS) / WEEK_MS);
}

/** A profile some weeks later. What is older than eight weeks is forgotten. */
export function aged(profile: HourProfile, weeks: number): HourProfile {
  if (weeks <= 0 || profile.length === 0) return profile;
  const kept: number[] = [];
  for (let place = 0; place < profile.length; place += BYTES_PER_HOUR) {
    const seen = weeks >= 8 ? 0 : (profile[place + 1]! << weeks) & 0xff;
    if (seen > 0) kept.push(profile[place]!, seen, profile[place + 2]!);
  }
  return Uint8Array.from(kept);
}

/**
 * A profile after a read that woke the key up, in the week of its last read. The minute is about the earliest: it moves to an earlier one at once, and by
 * one minute a time towards later ones.
 */
export function withWake(profile: HourProfile, at: number): HourProfile {
  const hour = hourOfWeek(at);
  const minute = Math.floor(at / 60_000) % 60;
  let place = 0;
  while (place < profile.length && profile[place]! < hour) place += BYTES_PER_HOUR;
  if (profile[place] !== hour) {
    const grown = new Uint8Array(profile.length + BYTES_PER_HOUR);
    grown.set(profile.subarray(0, place));
    grown.set([hour, 1, minute], place);
    grown.set(profile.subarray(place), place + BYTES_PER_HOUR);
    return grown;
  }
  const seen = Uint8Array.from(profile);
  seen[place + 1]! |= 1;
  seen[place + 2] = Math.min(minute, profile[place + 2]! + 1);
  return seen;
}
