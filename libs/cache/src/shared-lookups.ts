import type { PreviewKey } from '#libs/preview';

/** Looks at the lower tiers that are under way: who asks for the same meanwhile shares one. */
export class SharedLookups<T> {
  private readonly underWay = new Map<PreviewKey, { readonly above: number; readonly lookup: Promise<T> }>();

  /** @param above only a look for what is newer than the same version is the same look */
  share(key: PreviewKey, above: number, look: () => Promise<T>): Promise<T> {
    const shared = this.underWay.get(key);
    if (shared?.above === above) return shared.lookup;
    const lookup = look().finally(() => {
      if (this.underWay.get(key)?.lookup === lookup) this.underWay.delete(key);
    });
    this.underWay.set(key, { above, lookup });
    return lookup;
  }

  /** Who comes now starts a look of his own. */
  forget(key: PreviewKey): void {
    this.underWay.delete(key);
  }

  clear(): void {
    this.underWay.clear();
  }
}
