/** Most tags of a page; of more the latest stay. They go into the headers of its answers. */
const MOST_TAGS = 16;

/** The tags of a page that is given some more: the new ones first. */
export function withTags(held: readonly string[], more: readonly string[]): readonly string[] {
  if (more.every((tag) => held.includes(tag))) return held;
  return [...new Set([...more, ...held])].slice(0, MOST_TAGS);
}
