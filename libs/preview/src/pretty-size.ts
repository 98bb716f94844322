const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A number of bytes for people: three digits at the most, in powers of a thousand. */
export function prettySize(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (Number(amount.toPrecision(3)) >= 1_000 && unit < UNITS.length - 1) {
    amount /= 1_000;
    unit += 1;
  }
  return `${Number(amount.toPrecision(3))} ${UNITS[unit]}`;
}
