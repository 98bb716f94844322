/** A job as the board hands it over: of any queue and of any version, or made by hand. */
interface ShownJob {
  readonly name?: string;
  readonly data?: unknown;
}

/** What a job is for, and for whom, in a line: `refresh https://example.com/ for the newsletter`, `chunk of 120 reads of 7 pages`. */
export function jobName({ name = '', data }: ShownJob): string {
  const { url, askedBy, keys, key } = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (Array.isArray(keys)) return `${name} of ${readsOf(keys)} reads of ${keys.length} pages`;
  const what = [url, key].find((text) => typeof text === 'string') ?? '';
  const whom = typeof askedBy === 'string' ? ` for ${askedBy}` : '';
  return `${name} ${what}${whom}`.trim();
}

/** @param keys those of a chunk of demand, as they travel: `[key, reads, …]` */
function readsOf(keys: readonly unknown[]): number {
  return keys.reduce<number>((sum, key) => {
    const reads: unknown = Array.isArray(key) ? key[1] : undefined;
    return sum + (typeof reads === 'number' ? reads : 0);
  }, 0);
}
