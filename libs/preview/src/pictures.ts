import type { LinkPreview, PreviewMedia } from './link-preview.js';

/** The fields whose pictures are looked at. */
export const PICTURES = ['image', 'logo'] as const;
export type Picture = (typeof PICTURES)[number];

/** A page's pictures. An icon that the page doesn't name is a guess, and may well not be there. */
export function picturesOf(preview: LinkPreview): readonly (readonly [Picture, PreviewMedia])[] {
  return PICTURES.flatMap((name) => {
    const picture = preview[name];
    return picture === null || preview.provenance?.[name] === 'host' ? [] : [[name, picture] as const];
  });
}

/** Those whose colours nobody has looked for. */
export function uncolored(preview: LinkPreview): ReturnType<typeof picturesOf> {
  return picturesOf(preview).filter(([, { colors }]) => colors === undefined);
}
