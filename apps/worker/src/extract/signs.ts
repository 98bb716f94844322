import type { Attributes } from './page-facts.js';

/** schema.org properties that are looked for in microdata and RDFa. */
const ITEMS = new Set([
  'author',
  'creator',
  'publisher',
  'datepublished',
  'datecreated',
  'datemodified',
  'uploaddate',
  'headline',
  'description',
  'image',
  'thumbnailurl',
  'logo',
  'contenturl',
  'comment',
]);

const OF_NOTE = /author|byline|dateline|date|time|publish|title|logo|brand|screenname|fullname|comment/i;

/** Elements that are signs by their name, or by what they stand in. */
const NAMED = new Set(['time', 'h1', 'article', 'main', 'img', 'video', 'audio', 'source', 'a']);

/** What an element stands in: which of these signs are open around it. */
export type Within = (sign: string) => boolean;

/**
 * What an element is a sign of, by its element name, its microdata and RDFa, its `rel`, class and id. This is the one table
 * of what is noted down of a body; the fields' rules name these signs.
 */
export function signsOf(name: string, attributes: Attributes, within: Within): readonly string[] {
  if (!NAMED.has(name) && !isOfNote(attributes)) return NONE; // most of a page: it must cost next to nothing
  if (within('comments') || within('item:comment')) return [];
  const signs = itemSigns(attributes, within);
  switch (name) {
    case 'time':
      signs.push('time');
      break;
    case 'h1':
      signs.push('h1');
      break;
    case 'article':
    case 'main':
      signs.push('article');
      break;
    case 'img':
      signs.push(within('article') ? 'article-image' : 'image');
      if (within('logo')) signs.push('logo-image');
      break;
    case 'video':
    case 'audio':
      signs.push(name);
      break;
    case 'source':
      if (within('video')) signs.push('video-source');
      else if (within('audio')) signs.push('audio-source');
      break;
    case 'a':
      signs.push(...linkSigns(attributes, within));
      break;
  }
  if (name !== 'body' && name !== 'html') signs.push(...classSigns(name, attributes));
  return signs;
}

const NONE: readonly string[] = [];

/** Whether an element's attributes alone may make it a sign. */
function isOfNote({ itemprop, property, class: classes, id }: Attributes): boolean {
  if (itemprop !== undefined || property !== undefined) return true;
  return (classes !== undefined && OF_NOTE.test(classes)) || (id !== undefined && OF_NOTE.test(id));
}

function itemSigns({ itemprop, property }: Attributes, within: Within): string[] {
  const said = itemprop ?? property;
  if (said === undefined) return [];
  const signs: string[] = [];
  for (const word of said.toLowerCase().split(/\s+/)) {
    const item = word.slice(word.indexOf(':') + 1);
    if (ITEMS.has(item)) signs.push(`item:${item}`);
    else if (item === 'name')
      signs.push(...['item:author', 'item:publisher'].filter(within).map((owner) => `${owner}.name`));
  }
  return signs;
}

function linkSigns({ rel, class: classes, href = '' }: Attributes, within: Within): string[] {
  const signs: string[] = [];
  if (rel !== undefined && /(^|\s)author(\s|$)/i.test(rel)) signs.push('rel=author');
  if (/author/i.test(classes ?? '') || within('author') || /\/author\//i.test(href))
    signs.push('author-link');
  if (within('byline')) signs.push('byline-link');
  if (/\.(mp3|m4a|ogg|oga|wav|flac|aac)([?#]|$)/i.test(href)) signs.push('audio-link');
  return signs;
}

function classSigns(name: string, attributes: Attributes): string[] {
  const { class: classes = '', id = '' } = attributes;
  if (classes === '' && id === '') return [];
  const words = `${classes} ${id}`;
  if (!OF_NOTE.test(words)) return [];
  // What readers said has authors and dates of its own.
  if (/(^|\s)(comments?|comment-?list|comments-area)(\s|$)/i.test(words)) return ['comments'];
  const signs: string[] = [];
  if (/author/i.test(classes)) signs.push('author');
  if (/byline/i.test(classes)) signs.push('byline');
  if (/screenname|fullname/i.test(classes)) signs.push('screen-name');
  if (/publish/i.test(classes)) signs.push('published');
  if (/date(?!base)/i.test(words)) signs.push('date');
  if (/time(?!line)/i.test(classes)) signs.push('clock');
  if (/logo/i.test(words)) signs.push('logo');
  if (name === 'a' && /brand/i.test(classes)) signs.push('logo');
  if (name === 'h1' && /title/i.test(classes)) signs.push('h1-title');
  if (/(^|\s)(post|entry)-title(\s|$)/i.test(classes)) signs.push('entry-title');
  return signs;
}
