/**
 * In which hours of the week a key is read, in few bytes: pairs of (hour of the week, in how many weeks), sorted by hour. A key that is read every
 * Monday at nine takes two bytes; none takes more than 336.
 */
export type HourProfile = Uint8Array;

export const NO_HOURS: HourProfile = new Uint8Array(0);

const HOUR_MS = 3_600_000;
export const HOURS_OF_WEEK = 168;

/** The epoch began on a Thursday, and our week does on Monday 00:00 UTC. */
const EPOCH_OFFSET_HOURS = 72;

/** The hour of the week of a time (ms since the epoch): 0 is Monday 00:00 to 01:00 UTC. */
export function hourOfWeek(at: number): number {
  const hour = (Math.floor(at / HOUR_MS) + EPOCH_OFFSET_HOURS) % HOURS_OF_WEEK;
  return (hour + HOURS_OF_WEEK) % HOURS_OF_WEEK; // what came before the epoch has a negative rest
}

/** Whether two times (ms since the epoch) lie in the same hour of the calendar. */
export function isSameHour(one: number, other: number): boolean {
  return Math.floor(one / HOUR_MS) === Math.floor(other / HOUR_MS);
}

/** A profile after a first read within an hour (ms since the epoch). What it remembers fades by halves once an hour has seen 255 weeks. */
export function withHour(profile: HourProfile, at: number): HourProfile {
  const hour = hourOfWeek(at);
  const place = placeOf(profile, hour);
  if (profile[place] !== hour) {
    const grown = new Uint8Array(profile.length + 2);
    grown.set(profile.subarray(0, place));
    grown.set([hour, 1], place);
    grown.set(profile.subarray(place), place + 2);
    return grown;
  }
  const counted = Uint8Array.from(profile);
  if (counted[place + 1] === 255)
    for (let index = 1; index < counted.length; index += 2) counted[index] = (counted[index]! + 1) >> 1;
  counted[place + 1]! += 1;
  return counted;
}

/** In how many weeks there were reads in this hour of the week. */
export function weeksWithReads(profile: HourProfile, hour: number): number {
  const place = placeOf(profile, hour);
  return profile[place] === hour ? profile[place + 1]! : 0;
}

/** Where the pair of an hour is, or would be. */
function placeOf(profile: HourProfile, hour: number): number {
  let place = 0;
  while (place < profile.length && profile[place]! < hour) place += 2;
  return place;
}
