import type { Target } from './command-line.js';
import { printable } from './output.js';

/** What a person may want to hear where a name stands for no page at all. */
export function nothingStored(target: Target): string {
  if ('url' in target) return 'Nothing is stored of this page.';
  if ('tag' in target) return `No page that is stored has the tag ${printable(target.tag)}.`;
  const { host } = target;
  const hint = /:\d+$/.test(host)
    ? ''
    : `; with another port than the usual one it is named with that (--host ${printable(host)}:8080)`;
  return `Nothing is stored of the host ${printable(host)}${hint}.`;
}
