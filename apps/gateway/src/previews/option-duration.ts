const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The ways in which the contract's clients write a unit. */
const UNIT = /^(ms|msecs?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)$/i;

/** A duration as callers write it (`1d`, `1day`, `1h`, `90s`, `90secs`; a bare number is ms) in ms; undefined for anything else. */
export function optionDurationMs(text: string): number | undefined {
  const [, amount, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/i.exec(text.trim()) ?? [];
  if (amount === undefined || !UNIT.test(unit)) return undefined;
  const short = /^(ms|mil)/i.test(unit) ? 'ms' : unit.charAt(0).toLowerCase();
  return Math.round(Number(amount) * (UNIT_MS[short] ?? Number.NaN));
}
