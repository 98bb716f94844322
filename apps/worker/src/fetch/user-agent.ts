/** As sites see it; a test compares it with package.json. */
export const VERSION = '0.1.0';

/** Says who visits, and where to read about it. */
export function ownUserAgent(aboutUrl: string): string {
  return `Warmlink/${VERSION} (+${aboutUrl})`;
}

/** Says the same in the form that walls against unknown agents know. */
export function compatibleUserAgent(aboutUrl: string): string {
  return `Mozilla/5.0 (compatible; Warmlink/${VERSION}; +${aboutUrl})`;
}
