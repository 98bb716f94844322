import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseUrl } from '#libs/preview';
import { decodedText } from '../fetch/page-text.js';
import { extractPreview } from './extract-preview.js';

const USAGE = `Usage: npm run --silent extract -- [--url URL] FILE…
       npm run --silent extract -- --pages DIR

Prints what a saved page says of itself, one JSON line a file: {"slug","data","provenance","ms"}.

  --url URL     where the pages were found (default: https://page.example/)
  --pages DIR   every DIR/<slug>.html, found at the "url" of DIR/<slug>.expected.json
  --help        this text

A file that can't be read is named, and the others go on: the exit code is 1 then, and 2 where the arguments are wrong.`;

interface SavedPage {
  readonly file: string;
  readonly url: string;
}

function fail(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function savedPages(): SavedPage[] {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        url: { type: 'string', default: 'https://page.example/' },
        pages: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (!isWebUrl(values.url)) fail(`${values.url} is no absolute http(s) URL.`);
    if (values.pages !== undefined) return pagesIn(values.pages);
    if (positionals.length === 0) fail('A file or a folder is needed.');
    return positionals.map((file) => ({ file, url: values.url }));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function isWebUrl(url: string): boolean {
  return /^https?:$/.test(parseUrl(url)?.protocol ?? '');
}

function pagesIn(folder: string): SavedPage[] {
  const pages = tried(folder, () => readdirSync(folder).filter((file) => extname(file) === '.html')) ?? [];
  if (pages.length === 0 && process.exitCode === undefined) report(folder, 'no .html file is in it');
  return pages.toSorted().flatMap((name) => {
    const file = join(folder, name);
    const url = tried(file.replace(/html$/, 'expected.json'), foundAt);
    return url === undefined ? [] : [{ file, url }];
  });
}

const expectation = z.object({ url: z.string().refine(isWebUrl) });

function foundAt(file: string): string {
  const expected = expectation.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!expected.success) throw new Error('its "url" is no absolute http(s) URL');
  return expected.data.url;
}

/** What is done with one file: where that fails, the file is named, and the others go on. */
function tried<T>(file: string, attempt: (file: string) => T): T | undefined {
  try {
    return attempt(file);
  } catch (error) {
    return report(file, error instanceof Error ? error.message : String(error));
  }
}

function report(file: string, problem: string): undefined {
  console.error(`${file}: ${problem.replace(/\s+/g, ' ')}`);
  process.exitCode = 1;
}

/** The bytes in pieces of the size that a network brings, in bytes. */
async function* inPieces(bytes: Buffer, size = 16_384): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

for (const { file, url } of savedPages()) {
  const bytes = tried(file, (name) => readFileSync(name));
  if (bytes === undefined) continue;
  const startedAt = performance.now();
  const { provenance, ...data } = await extractPreview(
    url,
    decodedText(inPieces(bytes), { contentType: undefined, host: new URL(url).hostname }),
  );
  const ms = Number((performance.now() - startedAt).toFixed(2));
  console.log(JSON.stringify({ slug: basename(file, extname(file)), data, provenance, ms }));
}
