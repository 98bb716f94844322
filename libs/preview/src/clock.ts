/** Where the time comes from. Code that decides by time takes `now` as an argument; only its callers hold a clock. */
export class Clock {
  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now();
  }
}
