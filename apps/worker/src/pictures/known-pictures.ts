import type { LinkPreview, PreviewMedia } from '#libs/preview';

/** The fields whose pictures are looked at. */
const PICTURES = ['image', 'logo'] as const;
export type Picture = (typeof PICTURES)[number];

/** Those that were never looked at. An icon that the page doesn't name is a guess, and may well not be there. */
export function unknownPictures(preview: LinkPreview): readonly (readonly [Picture, PreviewMedia])[] {
  return PICTURES.flatMap((name) => {
    const picture = preview[name];
    const isUnknown = picture !== null && picture.type === undefined && preview.provenance?.[name] !== 'host';
    return isUnknown ? [[name, picture] as const] : [];
  });
}

/** A preview with what was found out of its pictures at an earlier visit, where they are the same. */
export function withKnownPictures(preview: LinkPreview, held: LinkPreview | null | undefined): LinkPreview {
  const known = PICTURES.flatMap((name) => {
    const before = held?.[name];
    const isKnown = before?.type !== undefined && before.url === preview[name]?.url;
    return isKnown ? [[name, before] as const] : [];
  });
  return known.length === 0 ? preview : { ...preview, ...Object.fromEntries(known) };
}
