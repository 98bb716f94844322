import type { PreviewRecording } from '#libs/preview';
import { absoluteUrl } from '../accept.js';
import type { PageFacts } from '../page-facts.js';
import { type Field, metas, type Rule, rule, told } from '../rule.js';

const ENDINGS = {
  video: new Set(['mp4', 'm4v', 'webm', 'mov', 'ogv', 'm3u8', 'mpd', 'mkv', 'avi', 'mpeg', 'mpg', '3gp']),
  audio: new Set(['mp3', 'm4a', 'ogg', 'oga', 'wav', 'flac', 'aac', 'opus', 'mpga', 'weba']),
} as const;

type Kind = keyof typeof ENDINGS;

export const video = recording('video', [
  ...metas('og:video:secure_url', 'og:video:url', 'og:video', 'twitter:player:stream'),
  jsonLdFiles(/(VideoObject|Clip|MediaObject)$/),
  ...metas('contenturl'),
  told('video', 'src'),
  told('video-source', 'src'),
]);

export const audio = recording('audio', [
  ...metas('og:audio:secure_url', 'og:audio:url', 'og:audio', 'twitter:player:stream'),
  jsonLdFiles(/(AudioObject|MediaObject|Episode|Recording)$/),
  ...metas('contenturl'),
  told('audio', 'src'),
  told('audio-source', 'src'),
  told('audio-link', 'href'),
]);

/** Of what pages call a video, players are pages themselves; only a file can be played by a card. */
function recording(kind: Kind, rules: readonly Rule[]): Field<PreviewRecording> {
  return {
    rules,
    accept(candidate, facts) {
      const url = absoluteUrl(candidate, facts);
      if (url === null) return null;
      const ending = endingOf(url);
      if (ending !== null && ENDINGS[kind].has(ending)) return { url, type: ending };
      const isOther = ending !== null && Object.values(ENDINGS).some((endings) => endings.has(ending));
      const declared = isOther ? undefined : declaredType(kind, candidate, facts);
      return declared === undefined ? null : { url, type: declared };
    },
  };
}

/** What the page says the format of this file is, where it does: `og:audio:type`, or a source's `type`. */
function declaredType(kind: Kind, candidate: string, { metas, signs }: PageFacts): string | undefined {
  const said = ['og:', 'twitter:player:stream'].flatMap((prefix) =>
    prefix === 'og:'
      ? namesOfMedia(kind, metas, candidate)
      : metas.get(prefix)?.includes(candidate) === true
        ? (metas.get(`${prefix}:content_type`) ?? [])
        : [],
  );
  const sources = (signs.get(`${kind}-source`) ?? [])
    .filter(({ attributes }) => attributes['src'] === candidate)
    .map(({ attributes }) => attributes['type'] ?? '');
  const pattern = new RegExp(`^${kind}/(?:x-|vnd\\.)?([a-z0-9]{2,10})`, 'i');
  for (const type of [...said, ...sources]) {
    const format = pattern.exec(type)?.[1]?.toLowerCase();
    if (format !== undefined) return format === 'mpeg' && kind === 'audio' ? 'mp3' : format;
  }
  return undefined;
}

function namesOfMedia(kind: Kind, metas: PageFacts['metas'], candidate: string): readonly string[] {
  const names = [`og:${kind}:secure_url`, `og:${kind}:url`, `og:${kind}`];
  return names.some((name) => metas.get(name)?.includes(candidate))
    ? (metas.get(`og:${kind}:type`) ?? [])
    : [];
}

function jsonLdFiles(types: RegExp): Rule {
  return rule('json-ld:contentUrl', ({ jsonLd }) =>
    jsonLd.ofType(types).flatMap((node) => jsonLd.urls(node['contentUrl'])),
  );
}

/** The ending of a URL's path, in lower case; null where it has none. */
function endingOf(url: string): string | null {
  return /\.([a-z0-9]{2,5})$/i.exec(new URL(url).pathname)?.[1]?.toLowerCase() ?? null;
}
