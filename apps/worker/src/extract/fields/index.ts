import type { PageContent } from '#libs/preview';
import type { Field } from '../rule.js';
import { author } from './author.js';
import { dateModified } from './date-modified.js';
import { datePublished } from './date-published.js';
import { description } from './description.js';
import { favicon } from './favicon.js';
import { image } from './image.js';
import { keywords } from './keywords.js';
import { lang } from './lang.js';
import { logo } from './logo.js';
import { publisher } from './publisher.js';
import { audio, video } from './recordings.js';
import { themeColor } from './theme-color.js';
import { title } from './title.js';
import { type } from './type.js';
import { url } from './url.js';

/** Every field that is looked for on a page. `date` is chosen from the two others. */
type Fields = {
  readonly [Name in Exclude<keyof PageContent, 'date'>]: Field<NonNullable<PageContent[Name]>>;
};

export const FIELDS: Fields = {
  url,
  title,
  description,
  lang,
  author,
  publisher,
  datePublished,
  dateModified,
  image,
  logo,
  favicon,
  video,
  audio,
  type,
  themeColor,
  keywords,
};
