import { type DemandState, WINDOWS_MS } from './demand-state.js';
import { type HourProfile, HOURS_OF_WEEK } from './hour-profile.js';

/** The first byte, so that a process of another version knows what it can't read. */
const VERSION = 1;

/** Where the fields stand. What has to be exact takes eight bytes, estimates take four; the hour profile takes the rest. */
const FIRST_READ_AT = 1;
const LAST_READ_AT = 9;
const ASIDE_UNTIL = 17;
const READS = 25;
const IDLE_LOG_MEAN = 33;
const IDLE_LOG_SQUARE = 37;
const WINDOWS = 41;
const HOURS = WINDOWS + 4 * WINDOWS_MS.length;
const LONGEST = HOURS + 2 * HOURS_OF_WEEK;

/** A demand state as the database holds it: 79 bytes for a new key. */
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
  bytes.set(state.hours, HOURS);
  return bytes;
}

/**
 * What `encodeDemand` was given, estimates to seven digits. It keeps nothing of `bytes`, which may be a slice of a driver's larger buffer.
 *
 * @throws when it is of another version, or of no length that `encodeDemand` gives
 */
export function decodeDemand(bytes: Uint8Array): DemandState {
  if (bytes[0] !== VERSION)
    throw new Error(`a demand state of version ${bytes[0] ?? 'none'}, where ${VERSION} is expected`);
  if (bytes.length < HOURS || bytes.length > LONGEST || (bytes.length - HOURS) % 2 !== 0)
    throw new Error(`a demand state of ${bytes.length} bytes is broken`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const windows: number[] = [];
  for (let at = WINDOWS; at < HOURS; at += 4) windows.push(view.getFloat32(at));
  return {
    firstReadAt: view.getFloat64(FIRST_READ_AT),
    lastReadAt: view.getFloat64(LAST_READ_AT),
    reads: view.getFloat64(READS),
    windows,
    idleLogMean: view.getFloat32(IDLE_LOG_MEAN),
    idleLogSquare: view.getFloat32(IDLE_LOG_SQUARE),
    hours: hoursOf(bytes),
    asideUntil: view.getFloat64(ASIDE_UNTIL),
  };
}

function hoursOf(bytes: Uint8Array): HourProfile {
  const hours = new Uint8Array(bytes.length - HOURS);
  for (let index = 0; index < hours.length; index += 1) hours[index] = bytes[HOURS + index]!;
  return hours;
}
