import type { PreviewKey } from '#libs/preview';

/**
 * What workers and purges tell all gateways: copies of these keys below this version are out of date. A new version and a
 * purge say the same thing; versions come from one sequence.
 */
export interface VersionFloor {
  readonly keys: readonly PreviewKey[];
  readonly version: number;
}

/** A floor on its way. */
export interface FloorMessage extends VersionFloor {
  /** Set where the sender waits until every gateway has said that it knows. */
  readonly ackId?: string | undefined;
}

export function encodeFloor({ keys, version, ackId }: FloorMessage): string {
  return JSON.stringify({ version, keys, ackId });
}

/** @returns undefined for what is no message of ours */
export function decodeFloor(message: string): FloorMessage | undefined {
  try {
    const floor = JSON.parse(message) as Partial<FloorMessage>;
    return typeof floor.version === 'number' && Array.isArray(floor.keys)
      ? (floor as FloorMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
