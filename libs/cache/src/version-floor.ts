import type { PreviewKey } from '#libs/preview';

/**
 * What workers and purges tell all gateways: copies of these keys below this version are out of date. A new version and a
 * purge say the same thing; versions come from one sequence.
 */
export interface VersionFloor {
  readonly keys: readonly PreviewKey[];
  readonly version: number;
}

/** The Redis channel that floors are told on. */
export const FLOOR_CHANNEL = 'warmlink:floors:1';

/** Most keys in one message. */
export const KEYS_PER_MESSAGE = 1_000;

export function encodeFloor({ keys, version }: VersionFloor): string {
  return JSON.stringify({ version, keys });
}

/** @returns undefined for what is no message of ours */
export function decodeFloor(message: string): VersionFloor | undefined {
  try {
    const floor = JSON.parse(message) as Partial<VersionFloor>;
    return typeof floor.version === 'number' && Array.isArray(floor.keys)
      ? (floor as VersionFloor)
      : undefined;
  } catch {
    return undefined;
  }
}
