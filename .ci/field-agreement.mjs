/**
 * Says how far extracted fields agree with the references of a folder of pages.
 *
 *   node .ci/field-agreement.mjs FOLDER EXTRACTED.jsonl [--differences]
 *
 * What nobody knows (`reference_source` none) isn't counted, nor is a reference of null: it says that another extractor found nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Least agreement, in percent. */
const FLOORS = {
  title: 92,
  description: 94,
  image: 92,
  publisher: 86,
  author: 76,
  date: 94,
  lang: 100,
  logo: 60,
  video: 60,
  audio: 60,
};

const folded = (text) => String(text).normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/** Long texts are cut in different places: their beginning tells whether they are the same. */
const asText = (text) => folded(text).slice(0, 60).trim();

const asDay = (date) => new Date(date).toISOString().slice(0, 10);

/** References were taken from pages that are on http and on https, some without their scheme: the resource is the same. */
const asUrl = (media) =>
  folded(media?.url ?? media)
    .replace(/^(https?:)?\/\//, '')
    .replace(/\/$/, '');

const COMPARED = { date: asDay, image: asUrl, logo: asUrl, video: asUrl, audio: asUrl };

const [folder, extracted, option] = process.argv.slice(2);
const rows = readFileSync(extracted, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
let failed = rows.length === 0;

console.log(`| field | agrees | of | | floor | |\n| --- | --- | --- | --- | --- | --- |`);
const differences = [];
for (const [field, floor] of Object.entries(FLOORS)) {
  const same = COMPARED[field] ?? asText;
  let agrees = 0;
  let known = 0;
  for (const { slug, data, provenance } of rows) {
    const expected = JSON.parse(readFileSync(join(folder, `${slug}.expected.json`), 'utf8'));
    const reference = expected.reference[field] ?? null;
    if (expected.reference_source[field] === 'none' || reference === null) continue;
    known += 1;
    const found = data[field];
    if (found !== null && same(found) === same(reference)) agrees += 1;
    else differences.push({ field, slug, found: found?.url ?? found, rule: provenance[field], reference });
  }
  const percent = known === 0 ? 100 : (100 * agrees) / known;
  if (percent < floor) failed = true;
  console.log(
    `| ${field} | ${agrees} | ${known} | ${percent.toFixed(1)} % | ${floor} % | ${percent < floor ? 'FAILED' : 'ok'} |`,
  );
}
const slowest = rows.toSorted((one, other) => other.ms - one.ms)[0];
console.log(`\n${rows.length} pages, the slowest ${slowest?.ms} ms (${slowest?.slug})`);
if (option === '--differences') for (const difference of differences) console.log(JSON.stringify(difference));
process.exitCode = failed ? 1 : 0;
