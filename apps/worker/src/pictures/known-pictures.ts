import { type LinkPreview, PICTURES, type PreviewMedia } from '#libs/preview';

/** A preview with what was found out of its pictures before, where they are the same. What could not be had is worth another try. */
export function withKnownPictures(preview: LinkPreview, held: LinkPreview | null | undefined): LinkPreview {
  const known = PICTURES.flatMap((name) => {
    const [before, picture] = [held?.[name], preview[name]];
    return before == null || picture == null || before.url !== picture.url
      ? []
      : [[name, { ...lasting(picture), ...lasting(before) }]];
  });
  return known.length === 0 ? preview : { ...preview, ...Object.fromEntries(known) };
}

function lasting({ colors, ...facts }: PreviewMedia): PreviewMedia {
  return colors === undefined || colors === 'failed' ? facts : { ...facts, colors };
}
