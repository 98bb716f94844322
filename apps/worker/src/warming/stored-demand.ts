import { decodeDemand, type DemandState } from '#libs/forecast';

/** Demand from its stored form. One that is broken, or of another version, is as if the key had never been read: it must not stop all the others. */
export function storedDemand(bytes: Uint8Array | undefined): DemandState | undefined {
  if (bytes === undefined) return undefined;
  try {
    return decodeDemand(bytes);
  } catch {
    return undefined;
  }
}
