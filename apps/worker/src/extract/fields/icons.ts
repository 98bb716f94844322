import type { PageLink } from '../page-facts.js';

/** The page's icons, in page order. */
export function icons(links: readonly PageLink[]): PageLink[] {
  return links.filter(({ rel }) =>
    rel.some((word) => /^(apple-touch-icon(-precomposed)?|icon|fluid-icon|mask-icon)$/.test(word)),
  );
}

/** The width that an icon says it has, in pixels; 0 where it doesn't say. */
export function declaredWidth({ attributes, rel }: PageLink): number {
  const declared = Number(/(\d{1,5})x\d/i.exec(attributes['sizes'] ?? '')?.[1] ?? 0);
  // Apple's default size, for the many pages that don't say.
  return declared === 0 && rel.some((word) => word.startsWith('apple')) ? 60 : declared;
}
