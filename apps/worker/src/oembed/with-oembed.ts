import type { LinkPreview, OEmbed, PageContent } from '#libs/preview';

/** A page's preview, with what its provider knows where the page itself doesn't say. */
export function withOEmbed(
  preview: LinkPreview,
  { title, author, publisher, imageUrl }: OEmbed,
): LinkPreview {
  const { provenance } = preview;
  const isGuessed = provenance.publisher === 'host';
  const added = known({
    title: preview.title === null ? title : null,
    author: preview.author === null ? author : null,
    publisher: preview.publisher === null || isGuessed ? publisher : null,
    image: preview.image === null && imageUrl !== null ? { url: imageUrl } : null,
  });
  const rules = Object.fromEntries(
    Object.keys(added).map((field) => [field, RULES[field as keyof typeof RULES]]),
  );
  return { ...preview, ...added, provenance: { ...provenance, ...rules } };
}

/** As they stand in a preview's provenance. */
const RULES = {
  title: 'oembed:title',
  author: 'oembed:author_name',
  publisher: 'oembed:provider_name',
  image: 'oembed:thumbnail_url',
};

function known(found: Partial<PageContent>): Partial<PageContent> {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
}
