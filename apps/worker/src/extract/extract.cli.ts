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
  --pages DIR   every DIR/<slug>.html, found at the "url" of DIR/<slug>.expected.json`;

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
      options: { url: { type: 'string', default: 'https://page.example/' }, pages: { type: 'string' } },
    });
    if (parseUrl(values.url) === undefined) fail(`${values.url} is no URL.`);
    if (values.pages !== undefined) return pagesIn(values.pages);
    if (positionals.length === 0) fail('A file or a folder is needed.');
    return positionals.map((file) => ({ file, url: values.url }));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function pagesIn(folder: string): SavedPage[] {
  const pages = readdirSync(folder).filter((file) => extname(file) === '.html');
  return pages.toSorted().map((name) => {
    const file = join(folder, name);
    const expected: unknown = JSON.parse(readFileSync(file.replace(/html$/, 'expected.json'), 'utf8'));
    return { file, url: z.object({ url: z.url() }).parse(expected).url };
  });
}

/** The bytes in pieces of the size that a network brings, in bytes. */
async function* inPieces(bytes: Buffer, size = 16_384): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

for (const { file, url } of savedPages()) {
  const bytes = readFileSync(file);
  const startedAt = performance.now();
  const { provenance, ...data } = await extractPreview(
    url,
    decodedText(inPieces(bytes), { contentType: undefined, host: new URL(url).hostname }),
  );
  const ms = Number((performance.now() - startedAt).toFixed(2));
  console.log(JSON.stringify({ slug: basename(file, extname(file)), data, provenance, ms }));
}
