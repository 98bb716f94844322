/** The schema.org types whose node speaks of the page itself. */
export const ARTICLE =
  /(Article|Posting|WebPage|Report|Recipe|Product|VideoObject|Movie|Book|Event|SoftwareApplication)$/;
