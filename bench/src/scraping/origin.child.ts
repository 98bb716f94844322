import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { BAD_ANSWERS } from './bad-answers.js';
import { usualPage } from './usual-pages.js';

/** Different pages; paths share them in turn. */
const PAGES = 64;

/** One page in so many comes as it is, the others compressed. */
const PLAIN = 4;

const pages = Array.from({ length: PAGES }, (_, number) => {
  const page = Buffer.from(usualPage(number));
  return number % PLAIN === 0 ? { page, encoding: 'identity' } : { page: gzipSync(page), encoding: 'gzip' };
});

/** What a slow page takes, in ms. */
const SLOW_MS = 500;

/** `/page/17`, `/slow/17`, and `/bad/<name>/17`, on each of this machine's addresses. */
const server = createServer((request, response) => {
  response.on('error', () => undefined); // whoever had enough of an answer leaves in the middle of it
  const path = request.url ?? '/';
  const [, kind, name = ''] = path.split('/');
  if (kind === 'bad') return BAD_ANSWERS[name]!.answer(response, path);
  if (kind === 'slow') {
    setTimeout(() => {
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<title>Slow ${name}</title><p>It took its time.`);
    }, SLOW_MS);
    return;
  }
  if (kind !== 'page') return response.writeHead(404).end();
  const { page, encoding } = pages[Number(name) % PAGES]!;
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-encoding': encoding,
    'content-length': page.length,
  });
  response.end(page);
});
server.on('connection', (socket) => socket.on('error', () => undefined));
server.listen(0, '0.0.0.0', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
