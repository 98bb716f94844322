import type { LinkPreview, PageContent, PictureColors, PreviewMedia, Provenance } from './link-preview.js';
import type { Embed } from './oembed.js';
import { PICTURES, uncolored } from './pictures.js';
import type { PreviewEntry, Redirect } from './preview-entry.js';
import { prettySize } from './pretty-size.js';

/** The body of a success, as the Microlink contract has it: every field is there, `null` where unknown. */
export interface PreviewBody {
  readonly status: 'success';
  readonly data: Partial<PreviewData> & { readonly provenance?: Provenance };
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirects: readonly Redirect[];
}

/** A picture as the contract has it: of one that nobody has looked at yet all but the address is `null`. */
interface PictureData extends Required<Omit<PreviewMedia, 'colors'>>, Partial<PaletteData> {
  /** `size` for people, such as `14.3 kB`. */
  readonly size_pretty: string | null;
}

/** What a picture has besides for who asks for it; of one without colours the list is empty, and the others are `null`. */
interface PaletteData {
  readonly palette: readonly string[];
  readonly background_color: string | null;
  readonly color: string | null;
  readonly alternative_color: string | null;
}

type PreviewData = Omit<PageContent, 'image' | 'logo'> & {
  readonly image: PictureData | null;
  readonly logo: PictureData | null;
  readonly iframe: Pick<Embed, 'html' | 'scripts'> | null;
};

/** The fields of `data`, by which callers choose. */
export const FIELDS = [
  'url',
  'title',
  'description',
  'lang',
  'author',
  'publisher',
  'date',
  'datePublished',
  'dateModified',
  'type',
  'image',
  'logo',
  'favicon',
  'video',
  'audio',
  'iframe',
  'themeColor',
  'keywords',
] as const satisfies readonly (keyof PreviewData)[];

/** What a caller wants to see of `data`. */
export interface Projection {
  /** Only these; undefined for all. */
  readonly fields: readonly string[] | undefined;
  /** `false` leaves the address alone. */
  readonly meta: boolean;
  readonly without: readonly string[];
  /** Whether to give a provider's HTML, which runs where it is shown: for who asks, and nobody else. */
  readonly iframe: boolean;
  /** Whether to tell the colours of its pictures, which somebody has to look for. */
  readonly palette: boolean;
  /** Whether to tell by which rule each of them was found. */
  readonly provenance: boolean;
}

/** All of it, but for what is there for who asks alone. */
export const WHOLE: Projection = {
  fields: undefined,
  meta: true,
  without: [],
  iframe: false,
  palette: false,
  provenance: false,
};

/** Whether a projection leaves all fields as they are, so that the bytes are those that everybody gets, or everybody who asks for an embed, or for colours. */
export function isWhole({ fields, meta, without, provenance }: Projection): boolean {
  return fields === undefined && meta && without.length === 0 && !provenance;
}

/** Of an entry that has a preview; whether it is shown is for others to say. */
export function previewBody(entry: PreviewEntry, projection: Projection): PreviewBody {
  const { outcome, preview } = entry;
  if (preview === null) throw new Error(`${entry.url} has no preview to make a body of`);
  const success = outcome.kind === 'success' ? outcome : { statusCode: 200, headers: {}, redirects: [] };
  return {
    status: 'success',
    data: project(
      {
        ...preview,
        image: pictureOf(preview.image, projection),
        logo: pictureOf(preview.logo, projection),
        iframe: projection.iframe ? embedOf(entry) : null,
      },
      projection,
    ),
    statusCode: success.statusCode,
    headers: success.headers,
    redirects: success.redirects,
  };
}

function pictureOf(picture: PreviewMedia | null, { palette }: Projection): PictureData | null {
  if (picture === null) return null;
  const { url, type = null, size = null, width = null, height = null, colors = null } = picture;
  const facts = { url, type, size, width, height, size_pretty: size === null ? null : prettySize(size) };
  return palette ? { ...facts, ...paletteOf(colors === 'failed' ? null : colors) } : facts;
}

function paletteOf(colors: PictureColors | null): PaletteData {
  return {
    palette: colors?.palette ?? [],
    background_color: colors?.background ?? null,
    color: colors?.color ?? null,
    alternative_color: colors?.alternative ?? null,
  };
}

/** A copy that tells by itself whether there is something to see. */
interface Pictured {
  readonly pictures: PicturesState;
  whole(): PreviewEntry;
}

/** Whether a caller is to see colours that nobody has looked for. */
export function lacksColors(copy: Pictured, projection: Projection): boolean {
  if (!projection.palette || copy.pictures !== 'uncolored') return false;
  if (isWhole(projection)) return true;
  const kept = keptFields(projection);
  return uncolored(copy.whole().preview!).some(([name]) => kept.includes(name));
}

/** What is known of a page's pictures for who asks for colours; of some nobody will ever know more. */
export type PicturesState = 'none' | 'uncolored' | 'seen';

export function picturesState(preview: LinkPreview | null): PicturesState {
  if (preview === null || PICTURES.every((name) => preview[name] === null)) return 'none';
  return uncolored(preview).length > 0 ? 'uncolored' : 'seen';
}

export function hasEmbed(entry: PreviewEntry): boolean {
  return embedOf(entry) !== null;
}

/** What a card can embed of a page, if anything. */
function embedOf({ facets }: PreviewEntry): PreviewData['iframe'] {
  const embed = facets.oembed?.embed;
  return embed == null ? null : { html: embed.html, scripts: embed.scripts };
}

function project(
  preview: PreviewData & { readonly provenance: Provenance },
  projection: Projection,
): PreviewBody['data'] {
  const kept = keptFields(projection);
  // A copy from before a field was known lacks it: to readers it is one that the page doesn't say.
  const known: Partial<PreviewData> = { ...preview };
  const data = Object.fromEntries(kept.map((field) => [field, known[field] ?? null]));
  return projection.provenance ? { ...data, provenance: among(preview.provenance, kept) } : data;
}

function keptFields({ fields, meta, without }: Projection): readonly (keyof PreviewData)[] {
  const wanted = fields === undefined ? undefined : new Set(fields.map((field) => field.split('.', 1)[0]));
  return FIELDS.filter((field) => {
    if (wanted !== undefined) return wanted.has(field);
    return (meta || field === 'url') && !without.includes(field);
  });
}

/** Of the rules those of the fields that are shown. */
function among(provenance: Provenance | undefined, kept: readonly string[]): Provenance {
  return Object.fromEntries(Object.entries(provenance ?? {}).filter(([field]) => kept.includes(field)));
}
