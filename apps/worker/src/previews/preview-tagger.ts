import { PreviewCache } from '#libs/cache';
import { Clock, type PreviewKey, withTags } from '#libs/preview';
import { PreviewStoreReader, PreviewStoreWriter } from '#libs/store';

/** How often a copy may be replaced while it is given tags. */
const ATTEMPTS = 3;

/** Gives stored copies the tags that were ordered for them, where no visit did: it was another's job, or there was no need for one. */
export class PreviewTagger {
  constructor(
    private readonly reader: Pick<PreviewStoreReader, 'find'>,
    private readonly writer: Pick<PreviewStoreWriter, 'retag'>,
    private readonly cache: Pick<PreviewCache, 'publish'>,
    private readonly clock: Clock,
  ) {}

  /** @throws when Postgres is away */
  async tag(key: PreviewKey, tags: readonly string[]): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const held = await this.reader.find(key);
      if (held === undefined) return; // purged meanwhile: there is nothing to reach
      const wanted = withTags(held.tags, tags);
      if (wanted === held.tags) return;
      const tagged = await this.writer.retag(held, wanted);
      if (tagged !== undefined) return this.cache.publish(tagged, this.clock.now());
    }
    throw new Error(`${key} was replaced each time it was to be tagged`);
  }
}
