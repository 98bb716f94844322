import { type Field, metas } from '../rule.js';

/** A colour as CSS writes it: by its number, by a function of numbers, or by its name. */
const COLOR = /^(#[0-9a-f]{3,8}|[a-z]{3,20}|(?:rgb|hsl)a?\([0-9.,%/ deg]{5,50}\))$/;

export const themeColor: Field<string> = {
  rules: metas('theme-color', 'msapplication-tilecolor'),
  accept: (candidate) => COLOR.exec(candidate.trim().toLowerCase())?.[0] ?? null,
};
