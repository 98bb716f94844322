import { parseArgs, type ParseArgsConfig } from 'node:util';
import { USAGE, UsageError } from './usage.js';

/** Exactly one of these. */
export type Target = { readonly url: string } | { readonly host: string } | { readonly tag: string };

export interface WarmCommand {
  readonly name: 'warm';
  /** A path, an http(s) URL, or `-` for standard input. */
  readonly input: string;
  /** By when pages are to be warm, in the API's words; undefined: now. */
  readonly at: string | undefined;
  /** Orders, and doesn't wait for what comes of it. */
  readonly detach: boolean;
  /** Where is kept how far it is; undefined: beside the input. */
  readonly stateFile: string | undefined;
  /** Forgets how far it was. */
  readonly restart: boolean;
}

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'preview'; readonly url: string; readonly force: boolean }
  | WarmCommand
  | { readonly name: 'refresh' | 'purge'; readonly target: Target };

/** What was typed. */
export interface CommandLine {
  readonly command: Command;
  readonly json: boolean;
  /** Instead of that of the environment. */
  readonly key: string | undefined;
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  key: { type: 'string' },
  force: { type: 'boolean' },
  at: { type: 'string' },
  detach: { type: 'boolean' },
  state: { type: 'string' },
  restart: { type: 'boolean' },
  url: { type: 'string' },
  host: { type: 'string' },
  tag: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** Options that go with every command. */
const COMMON: readonly string[] = ['help', 'json', 'key'];

/** What else each takes. */
const TAKES: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ['preview', ['force']],
  ['warm', ['at', 'detach', 'state', 'restart']],
  ['refresh', ['url', 'host', 'tag']],
  ['purge', ['url', 'host', 'tag']],
]);

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parsed(args);
  const [name, ...words] = positionals;
  const common = { json: values.json === true, key: values.key };
  if (values.help === true || name === 'help') return { command: { name: 'help' }, ...common };
  const takes = TAKES.get(name);
  if (takes === undefined) throw new UsageError(name === undefined ? USAGE : `No command ${name}.\n${USAGE}`);
  for (const option of Object.keys(values)) {
    if (!COMMON.includes(option) && !takes.includes(option))
      throw new UsageError(`${name} takes no --${option}.`);
  }
  return { command: commandOf(name!, words, values), ...common };
}

type Values = ReturnType<typeof parsed>['values'];

function commandOf(name: string, words: readonly string[], values: Values): Command {
  if (name === 'preview') return { name, url: onlyWord(name, words, 'a URL'), force: values.force === true };
  if (name === 'refresh' || name === 'purge') return { name, target: targetOf(name, words, values) };
  return {
    name: 'warm',
    input: onlyWord(name, words, 'a file, a sitemap or -'),
    at: timeIn(values.at),
    detach: values.detach === true,
    stateFile: values.state,
    restart: values.restart === true,
  };
}

/** A time with its offset, in the words of the API, which looks at it more closely. */
function timeIn(at: string | undefined): string | undefined {
  if (at === undefined || (/T.+(Z|[+-]\d\d:\d\d)$/.test(at) && !Number.isNaN(Date.parse(at)))) return at;
  throw new UsageError('--at takes a time such as 2026-03-02T09:30Z or 2026-03-02T09:30+01:00.');
}

function onlyWord(name: string, words: readonly string[], what: string): string {
  const [word, ...more] = words;
  if (word === undefined || word === '' || more.length > 0)
    throw new UsageError(`${name} takes ${what}, and one.`);
  return word;
}

function targetOf(name: string, words: readonly string[], { url, host, tag }: Values): Target {
  const named: readonly Target[] = [
    ...[...words, ...(url === undefined ? [] : [url])].map((page) => ({ url: page })),
    ...(host === undefined ? [] : [{ host }]),
    ...(tag === undefined ? [] : [{ tag }]),
  ];
  const [target, ...more] = named;
  if (target === undefined || more.length > 0)
    throw new UsageError(`${name} takes one of a URL, --host and --tag.`);
  return target;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}
