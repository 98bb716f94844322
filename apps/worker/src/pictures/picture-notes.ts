import type { PreviewCache } from '#libs/cache';
import {
  type Clock,
  type LinkPreview,
  type Picture,
  picturesOf,
  type PreviewEntry,
  type PreviewMedia,
} from '#libs/preview';
import type { PreviewStoreReader, PreviewStoreWriter } from '#libs/store';

/** What was found out of a page's pictures. */
export type PicturesFound = Readonly<Partial<Record<Picture, PreviewMedia>>>;

/** How often a copy may be replaced, or added to, while something is noted on it. */
const ATTEMPTS = 5;

/** Adds what was found out of pictures to the copy that is there by now, whoever else has added to it meanwhile, as far as it still names them. */
export class PictureNotes {
  constructor(
    private readonly reader: Pick<PreviewStoreReader, 'find'>,
    private readonly writer: Pick<PreviewStoreWriter, 'amend'>,
    private readonly cache: Pick<PreviewCache, 'publish'>,
    private readonly clock: Clock,
  ) {}

  /** @param held the copy as it was when its pictures were looked at */
  async add(held: PreviewEntry, found: PicturesFound): Promise<void> {
    let entry: PreviewEntry | undefined = held;
    for (let attempt = 0; attempt < ATTEMPTS && entry !== undefined; attempt += 1) {
      const preview = entry.preview === null ? undefined : withFound(entry.preview, found);
      if (preview === undefined) return;
      const amended = await this.writer.amend(entry, preview);
      if (amended !== undefined) return this.cache.publish(amended, this.clock.now());
      entry = await this.reader.find(held.key);
    }
  }
}

/** @returns undefined where the page has other pictures by now */
function withFound(preview: LinkPreview, found: PicturesFound): LinkPreview | undefined {
  const same = picturesOf(preview).flatMap(([name, picture]) => {
    const seen = found[name];
    return seen?.url === picture.url ? [[name, { ...picture, ...seen }] as const] : [];
  });
  return same.length === 0 ? undefined : { ...preview, ...Object.fromEntries(same) };
}
