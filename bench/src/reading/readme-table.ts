/** Of what `read` writes down, what the README shows. */
export interface ReadResults {
  readonly results: readonly {
    readonly name: string;
    /** Requests a second, to those of bare Fastify. */
    readonly ratio: number;
    /** What bare Fastify takes of CPU for a request, to that. */
    readonly cpuRatio: number;
  }[];
}

/** The README's table of reads, in Markdown, before anybody aligns it. */
export function readmeTable({ results }: ReadResults): string {
  const rows = results.map(({ name, ratio, cpuRatio }) => [name, ratio.toFixed(2), cpuRatio.toFixed(2)]);
  const head = ['', 'requests a second, to bare Fastify', 'requests by CPU time, to bare Fastify'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
