import type { PreviewKey } from '#libs/preview';

/**
 * What workers and purges tell all gateways: copies of these keys below this version are out of date. A new version and a
 * purge say the same thing; versions come from one sequence.
 */
export interface VersionFloor {
  readonly keys: readonly PreviewKey[];
  readonly version: number;
}

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
