import type { LinkPreview, PageContent, PreviewRecording } from '#libs/preview';
import { absoluteUrl, text } from '../extract/accept.js';
import { isoDate } from '../extract/dates.js';
import { FetchFailed } from '../fetch/fetch-failed.js';
import type { OtherContent } from '../fetch/page-response.js';
import { textOf } from '../fetch/page-text.js';
import { feedChannel } from './content/feed-channel.js';
import { imageSize } from './content/image-size.js';
import { documentInfo } from './content/pdf-info.js';

/** Content with the address that its preview gives it. */
interface Addressed extends OtherContent {
  readonly address: string;
}

/**
 * The preview of a page that is not HTML, out of its headers and its first bytes.
 *
 * @param requestedUrl what led there: its address where the one that it was found at is too long
 * @throws {FetchFailed} ENOTPREVIEWABLE for what nobody could make a card of
 */
export function contentPreview(answer: OtherContent, requestedUrl = answer.finalUrl): LinkPreview {
  const { finalUrl } = answer;
  const content = { ...answer, address: absoluteUrl(finalUrl, { baseUrl: finalUrl }) ?? requestedUrl };
  const found = foundIn(content);
  if (found !== undefined) return withProvenance({ ...basics(content), ...found });
  const { mediaType, statusCode } = content;
  throw new FetchFailed('ENOTPREVIEWABLE', `The origin answered with ${mediaType}.`, { statusCode });
}

/** All of it was found in one place. */
function withProvenance(content: PageContent): LinkPreview {
  const found = Object.entries(content).filter(([, value]) => value !== null);
  return { ...content, provenance: Object.fromEntries(found.map(([field]) => [field, 'content'])) };
}

function basics({ address, finalUrl, fileName, headers }: Addressed): PageContent {
  const { hostname, pathname } = new URL(finalUrl);
  const dateModified = isoDate(headers['last-modified'] ?? '');
  return {
    url: address,
    title: text(fileName ?? lastSegment(pathname)),
    description: null,
    lang: null,
    author: null,
    publisher: hostname.replace(/^www\./, ''),
    date: dateModified,
    datePublished: null,
    dateModified,
    image: null,
    logo: null,
    favicon: null,
    video: null,
    audio: null,
    type: null,
    themeColor: null,
    keywords: null,
  };
}

/** What the kind of content adds; undefined where there is no preview of its kind. */
function foundIn(content: Addressed): Partial<PageContent> | undefined {
  const { mediaType, firstBytes } = content;
  const [kind] = mediaType.split('/', 1);
  if (kind === 'image') return { image: mediaOf(content) };
  if (kind === 'video') return { video: mediaOf(content) };
  if (kind === 'audio' || mediaType === 'application/ogg') return { audio: mediaOf(content) };
  if (mediaType === 'application/pdf') return known(documentInfo(firstBytes));
  if (isXml(mediaType)) return fromXml(content);
  if (isJson(mediaType)) return fromJson(wordsOf(content));
  return kind === 'text' ? fromPlainText(wordsOf(content)) : undefined;
}

function mediaOf({ address, mediaType, contentLength, firstBytes }: Addressed): PreviewRecording {
  const size = imageSize(mediaType, firstBytes);
  return {
    url: address,
    type: formatOf(mediaType),
    size: contentLength,
    width: size?.width ?? null,
    height: size?.height ?? null,
  };
}

/** Formats whose files end otherwise than their media types. */
const ENDINGS: Readonly<Record<string, string>> = {
  jpeg: 'jpg',
  'svg+xml': 'svg',
  'x-icon': 'ico',
  'vnd.microsoft.icon': 'ico',
  quicktime: 'mov',
};

/** A file's ending by its media type. */
export function formatOf(mediaType: string): string {
  const [kind, format = ''] = mediaType.split('/');
  if (kind === 'audio' && format === 'mpeg') return 'mp3';
  return ENDINGS[format] ?? format.replace(/^(x-|vnd\.)/, '');
}

function isXml(mediaType: string): boolean {
  return /^(application|text)\/xml$|\+xml$/.test(mediaType);
}

function isJson(mediaType: string): boolean {
  return /^(application|text)\/json$|\+json$/.test(mediaType);
}

/** A feed, or a drawing that is only called XML. */
function fromXml(content: Addressed): Partial<PageContent> | undefined {
  const words = wordsOf(content);
  if (/<svg[\s>]/.test(words.slice(0, 1_024))) {
    return { image: mediaOf({ ...content, mediaType: 'image/svg+xml' }) };
  }
  const channel = feedChannel(words, content.finalUrl);
  return channel === undefined ? undefined : known(channel);
}

/** JSON says something where its uppermost object has a title or a name; a JSON Feed has. */
function fromJson(words: string): Partial<PageContent> {
  const root = parsed(words);
  const string = (...names: string[]) =>
    names.map((name) => root?.[name]).find((value): value is string => typeof value === 'string') ?? '';
  return known({ title: text(string('title', 'name')), description: text(string('description')) });
}

function parsed(words: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const root: unknown = JSON.parse(words);
    return typeof root === 'object' && root !== null ? (root as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // also where the first bytes are not all of them
  }
}

/** Its first line, without the marks of Markdown, and what follows it. */
function fromPlainText(words: string): Partial<PageContent> {
  const lines = words.slice(0, 4_096).split(/\r\n?|\n/);
  const first = lines.findIndex((line) => /[\p{L}\p{N}]/u.test(line));
  if (first === -1) return {};
  return known({
    title: text((lines[first] ?? '').replace(/^\s*#+\s*/, '').slice(0, 200)),
    description: text(
      lines
        .slice(first + 1)
        .join(' ')
        .slice(0, 500),
    ),
  });
}

function wordsOf({ firstBytes, contentType, finalUrl }: OtherContent): string {
  return textOf(firstBytes, {
    contentType: contentType ?? undefined,
    host: new URL(finalUrl).hostname,
  }).replace(/^\ufeff/, '');
}

/** Only what is known, so that it can be laid over what was there before. */
function known(found: Partial<PageContent>): Partial<PageContent> {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
}

function lastSegment(pathname: string): string {
  const segment = pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
