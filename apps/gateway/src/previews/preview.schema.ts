import { z } from 'zod';

const text = z.string().nullable();

const media = z.object({
  url: z.string(),
  type: text.optional().describe('Its format, as the ending of a file; null where nothing tells.'),
  size: z.number().nullable().optional().describe('In bytes.'),
  width: z.number().nullable().optional().describe('In pixels.'),
  height: z.number().nullable().optional().describe('In pixels.'),
});

const picture = z
  .object({
    url: z.string(),
    type: text.describe('Its format, as the ending of a file.'),
    size: z.number().nullable().describe('In bytes.'),
    width: z.number().nullable().describe('In pixels.'),
    height: z.number().nullable().describe('In pixels.'),
    size_pretty: text.describe('`size` for people.'),
    palette: z
      .array(z.string())
      .optional()
      .describe('With `palette=true`: up to six `#RRGGBB`, the dominant one first.'),
    background_color: text.optional().describe('With `palette=true`: the dominant one.'),
    color: text.optional().describe('With `palette=true`: what is best read on it.'),
    alternative_color: text.optional().describe('With `palette=true`: the next best.'),
  })
  .nullable()
  .describe('All but `url` come a moment after the first answer, and are null until then.');

const isoTime = z.iso.datetime().nullable();

const script = z.object({ async: z.boolean(), src: z.string(), charset: text });

/** The fields of a preview, as a caller sees them who left none of them out. */
export const previewFields = z.object({
  url: z.string().describe('The canonical one.'),
  title: text,
  description: text,
  lang: text.describe('The primary subtag of BCP 47.'),
  author: text,
  publisher: text,
  date: isoTime.describe('When it was modified, else published.'),
  datePublished: isoTime,
  dateModified: isoTime,
  type: text.describe("What kind of page it is, in OpenGraph's words."),
  image: picture,
  logo: picture,
  favicon: media.nullable(),
  video: media.nullable(),
  audio: media.nullable(),
  iframe: z
    .object({ html: z.string(), scripts: z.array(script) })
    .nullable()
    .describe(
      'With `iframe=true`: what the provider of the page has to embed. It is foreign HTML, which runs where it is shown.',
    ),
  themeColor: text.describe('A CSS colour.'),
  keywords: z.array(z.string()).nullable().describe('At most 20.'),
});

/** A preview over HTTP: a field is missing only where the caller left it out. */
export const previewShape = z.object({
  status: z.literal('success'),
  data: previewFields.partial().extend({
    provenance: z
      .record(z.string(), z.string())
      .optional()
      .describe('With `meta.provenance=true`: the rule by which each field was found.'),
  }),
  statusCode: z.int().describe("The origin's."),
  headers: z.record(z.string(), z.string()).describe('Those of the origin that describe the page.'),
  redirects: z.array(z.object({ statusCode: z.int(), url: z.string() })).describe('On the way to the page.'),
});

/** What is said to who said how long he waits, at the end of that. */
export const pendingReadShape = z.object({
  status: z.literal('pending'),
  data: z.object({ url: z.string() }),
  job: z.object({ id: z.string(), href: z.string().describe('Where to ask how the scrape goes.') }),
});
