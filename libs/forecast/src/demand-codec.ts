import { type DemandState, WINDOWS_MS } from './demand-state.js';
import { BYTES_PER_HOUR, type HourProfile, HOURS_OF_WEEK } from './hour-profile.js';

/** The first byte, so that a process of another version knows what it can't read. */
const VERSION = 2;

/** One that counted no gaps, and whose profile has pairs of an hour and in how many weeks there were reads in it. */
const FIRST_VERSION = 1;

/** Where the fields stand. What has to be exact takes eight bytes, estimates take four; the hour profile takes the rest. */
const FIRST_READ_AT = 1;
const LAST_READ_AT = 9;
const ASIDE_UNTIL = 17;
const READS = 25;
const IDLE_LOG_MEAN = 33;
const IDLE_LOG_SQUARE = 37;
const WINDOWS = 41;
const GAPS = WINDOWS + 4 * WINDOWS_MS.length;
const HOURS = GAPS + 1;
const LONGEST = HOURS + BYTES_PER_HOUR * HOURS_OF_WEEK;

/** A demand state as the database holds it: 81 bytes for a new key. */
export function encodeDemand(state: DemandState): Uint8Array {
  const bytes = new Uint8Array(HOURS + state.hours.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  view.setFloat64(FIRST_READ_AT, state.firstReadAt);
  view.setFloat64(LAST_READ_AT, state.lastReadAt);
  view.setFloat64(ASIDE_UNTIL, state.asideUntil);
  view.setFloat64(READS, state.reads);
  view.setFloat32(IDLE_LOG_MEAN, state.idleLogMean);
  view.setFloat32(IDLE_LOG_SQUARE, state.idleLogSquare);
  for (let index = 0; index < WINDOWS_MS.length; index += 1)
    view.setFloat32(WINDOWS + 4 * index, state.windows[index] ?? 0);
  bytes[GAPS] = state.gaps;
  bytes.set(state.hours, HOURS);
  return bytes;
}

/**
 * What `encodeDemand` was given, estimates to seven digits. It keeps nothing of `bytes`, which may be a slice of a driver's larger buffer.
 *
 * @throws when it is of another version, or of no length that `encodeDemand` gives
 */
export function decodeDemand(bytes: Uint8Array): DemandState {
  const version = bytes[0];
  if (version !== VERSION && version !== FIRST_VERSION)
    throw new Error(`a demand state of version ${version ?? 'none'}, where ${VERSION} is expected`);
  const isFirst = version === FIRST_VERSION;
  const hoursAt = isFirst ? GAPS : HOURS;
  const bytesPerHour = isFirst ? 2 : BYTES_PER_HOUR;
  const hoursLength = bytes.length - hoursAt;
  if (hoursLength < 0 || bytes.length > LONGEST || hoursLength % bytesPerHour !== 0)
    throw new Error(`a demand state of ${bytes.length} bytes is broken`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const windows: number[] = [];
  for (let at = WINDOWS; at < GAPS; at += 4) windows.push(view.getFloat32(at));
  const reads = view.getFloat64(READS);
  return {
    firstReadAt: view.getFloat64(FIRST_READ_AT),
    lastReadAt: view.getFloat64(LAST_READ_AT),
    reads,
    windows,
    idleLogMean: view.getFloat32(IDLE_LOG_MEAN),
    idleLogSquare: view.getFloat32(IDLE_LOG_SQUARE),
    gaps: isFirst ? Math.min(255, Math.max(0, reads - 1)) : bytes[GAPS]!,
    hours: isFirst ? hoursOfPairs(bytes) : Uint8Array.prototype.slice.call(bytes, HOURS),
    asideUntil: view.getFloat64(ASIDE_UNTIL),
  };
}

/** What a profile of the first version tells: it counted weeks, and didn't know which, nor minutes. */
function hoursOfPairs(bytes: Uint8Array): HourProfile {
  const hours: number[] = [];
  for (let at = GAPS; at < bytes.length; at += 2)
    hours.push(bytes[at]!, (1 << Math.min(8, bytes[at + 1]!)) - 1, 0);
  return Uint8Array.from(hours);
}
