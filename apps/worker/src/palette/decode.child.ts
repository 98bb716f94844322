import { pictureColors } from './picture-colors.js';
import { thumbnail } from './thumbnail.js';
import type { PictureColors } from '#libs/preview';

/** What the process says of a picture: its colours; `null` for one that has none, or can't be decoded. */
export type Decoded = PictureColors | null;

/** A process that decodes pictures, one after the other as they come, for whoever started it. It has no other way in or out. */
async function decoded(bytes: Uint8Array): Promise<Decoded> {
  try {
    return pictureColors(await thumbnail(bytes));
  } catch {
    return null; // the next one may be better
  }
}

process.on('message', (bytes: Uint8Array) => {
  void decoded(bytes).then((colors) => process.send?.(colors));
});
process.on('disconnect', () => process.exit());
