import { createHash } from 'node:crypto';
import { ChangingPage } from '../content-change.js';

/** What a visit to a page found. */
export interface Visit {
  /** Tells two contents of the page apart. */
  readonly version: number;
  readonly hasValidators: boolean;
}

/** The pages of a trace. */
export interface Origin {
  visit(key: string, at: number): Visit;
  /** The version that the page has at a time (ms since the epoch), which must not go back. */
  versionAt(key: string, at: number): number;
}

/** Pages that never change. */
export const STILL_ORIGIN: Origin = {
  visit: () => ({ version: 0, hasValidators: false }),
  versionAt: () => 0,
};

/** Pages that change as a Poisson process of 10 minutes to 30 days in the mean, three in ten with validators; the same key, the same changes. */
export class ChangingOrigin implements Origin {
  private readonly pages = new Map<
    string,
    { readonly page: ChangingPage; readonly hasValidators: boolean }
  >();

  /** @param start of the trace, in ms since the epoch */
  constructor(private readonly start: number) {}

  visit(key: string, at: number): Visit {
    const { page, hasValidators } = this.pageOf(key);
    return { version: page.versionAt(at - this.start), hasValidators };
  }

  versionAt(key: string, at: number): number {
    return this.pageOf(key).page.versionAt(at - this.start);
  }

  private pageOf(key: string) {
    const known = this.pages.get(key);
    if (known !== undefined) return known;
    const u2 = createHash('sha1').update(key).digest().readUInt32BE(4) / 2 ** 32;
    const made = { page: new ChangingPage(key), hasValidators: u2 < 0.3 };
    this.pages.set(key, made);
    return made;
  }
}
