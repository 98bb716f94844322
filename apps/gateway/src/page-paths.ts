/** Whether a route is one of these, or lies below. */
export function isBelow(paths: readonly string[], route: string | undefined): boolean {
  return paths.some((path) => route === path || route?.startsWith(`${path}/`) === true);
}
