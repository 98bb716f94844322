/**
 * Serves a folder of saved pages and reads each of them twice through a gateway: first cold, then cached. Prints one line
 * a page that is not as promised, then the count.
 *
 *   node .ci/read-pages.mjs cold|stored GATEWAY_URL FOLDER PORT
 *
 * cold: the first read is a MISS, the second a HIT. stored: both are HITs and nobody visits the pages.
 */
import { createReadStream, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [mode, gateway, folder, port] = process.argv.slice(2);
const pages = readdirSync(folder).filter((file) => file.endsWith('.html'));
const names = new Set(pages);
let visits = 0;

const site = createServer((request, response) => {
  const name = decodeURIComponent(request.url.slice(1));
  if (!names.has(name)) return response.writeHead(404).end(); // a page's picture, or robots.txt before it
  visits += 1;
  response.writeHead(200, { 'content-type': 'text/html' });
  return createReadStream(join(folder, name)).pipe(response);
});
await new Promise((resolve) => site.listen(Number(port), '127.0.0.1', resolve));

async function read(page) {
  const url = `http://127.0.0.1:${port}/${encodeURIComponent(page)}`;
  const response = await fetch(`${gateway}/v1/preview?url=${encodeURIComponent(url)}`);
  const body = await response.json();
  return `${response.status} ${body.data?.title ? 'titled' : 'untitled'} ${response.headers.get('x-cache-status')}`;
}

let bad = 0;
const expectedFirst = mode === 'cold' ? '200 titled MISS' : '200 titled HIT';
for (const page of pages) {
  const [first, second] = [await read(page), await read(page)];
  if (first === expectedFirst && second === '200 titled HIT') continue;
  bad += 1;
  console.log(`${page}: ${first}, then ${second}`);
}
site.closeAllConnections();
site.close();

const expectedVisits = mode === 'cold' ? pages.length : 0;
if (visits !== expectedVisits) console.log(`the site had ${visits} visits, not ${expectedVisits}`);
console.log(`${mode}: ${pages.length - bad} of ${pages.length} pages as promised, ${visits} visits`);
process.exitCode = bad === 0 && visits === expectedVisits ? 0 : 1;
