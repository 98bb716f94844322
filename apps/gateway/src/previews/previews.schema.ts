import { z } from 'zod';

/** Query of a read. Options that Warmlink doesn't know (`screenshot`, `pdf` …) are ignored, as its clients expect. */
export const previewQuery = z.object({
  // A repeated parameter arrives as a list, which names no page.
  url: z.union([z.string(), z.array(z.string()).transform(() => '')]).default(''),
});

export type PreviewQuery = z.output<typeof previewQuery>;
