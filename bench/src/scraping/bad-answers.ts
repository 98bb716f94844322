import type { ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** How a site answers that means harm, or is broken. */
export interface BadAnswer {
  /** What a reader is told: that there is a preview, or the code of a failure. */
  readonly ends: 'success' | 'ETOOLARGE' | 'EORIGINTIMEOUT' | 'EUNREACHABLE' | 'EDECODE' | 'EMAXREDIRECTS';
  readonly answer: (response: ServerResponse, path: string) => void;
}

const MEGABYTE = 1024 * 1024;
const DRIP_MS = 100;

const HEAD = '<!doctype html><html lang="en"><head><title>A bad page</title>';
const TEXT = Buffer.from('<p>And so on, and so on, and so on.</p>\n'.repeat(1_600));

/** 64 MB that take about a thousandth of it, or less. */
const BOMB = Buffer.concat([Buffer.from(HEAD), Buffer.alloc(64 * MEGABYTE, ' ')]);
const GZIP_BOMB = gzipSync(BOMB);
const BROTLI_BOMB = brotliCompressSync(BOMB);
const TWICE_GZIPPED = gzipSync(GZIP_BOMB);

/** By name, which stands in the path. */
export const BAD_ANSWERS: Readonly<Record<string, BadAnswer>> = {
  '50-mb': { ends: 'success', answer: (response) => pour(html(response), 50 * MEGABYTE, TEXT) },
  endless: { ends: 'success', answer: (response) => pour(html(response), Infinity, TEXT) },
  'endless-title': {
    ends: 'success',
    answer: (response) => pour(html(response, '<title>'), Infinity, Buffer.alloc(65_536, 'x')),
  },
  'endless-attribute': {
    ends: 'success',
    answer: (response) => pour(html(response, `${HEAD}<meta content="`), Infinity, Buffer.alloc(65_536, 'x')),
  },
  'gzip-bomb': { ends: 'success', answer: (response) => html(response, '', 'gzip').end(GZIP_BOMB) },
  'gzip-bomb-twice': {
    ends: 'success',
    answer: (response) => html(response, '', 'gzip, gzip').end(TWICE_GZIPPED),
  },
  'brotli-bomb': { ends: 'success', answer: (response) => html(response, '', 'br').end(BROTLI_BOMB) },
  'deep-nesting': { ends: 'success', answer: page('<div class="author">'.repeat(50_000)) },
  'huge-json-ld': {
    ends: 'success',
    answer: page(
      `<script type="application/ld+json">${JSON.stringify({ '@type': 'Article', keywords: Array.from({ length: 60_000 }, (_, index) => `word ${index}`) })}</script>`,
    ),
  },
  'deep-json-ld': {
    ends: 'success',
    answer: page(`<script type="application/ld+json">${'{"about":'.repeat(100_000)}</script>`),
  },
  '100k-metas': {
    ends: 'success',
    answer: page(
      Array.from({ length: 100_000 }, (_, index) => `<meta name="n${index}" content="${index}">`).join(''),
    ),
  },
  'endless-headers': {
    ends: 'ETOOLARGE',
    answer: (response) =>
      pour(raw(response, 'HTTP/1.1 200 OK\r\n'), Infinity, Buffer.from(`x-more: ${'y'.repeat(1_000)}\r\n`)),
  },
  'slow-headers': {
    ends: 'EORIGINTIMEOUT',
    answer: (response) => drip(raw(response, 'HTTP/1.1 200 OK\r\nx-more: ')),
  },
  'slow-body': { ends: 'EORIGINTIMEOUT', answer: (response) => drip(html(response)) },
  silence: { ends: 'EORIGINTIMEOUT', answer: () => undefined },
  'broken-off': {
    ends: 'EUNREACHABLE',
    answer: (response) => html(response).write(TEXT, () => response.destroy()),
  },
  'no-gzip': {
    ends: 'EDECODE',
    answer: (response) => html(response, '', 'gzip').end('This was never compressed.'),
  },
  'redirects-without-end': {
    ends: 'EMAXREDIRECTS',
    answer: (response, path) => response.writeHead(302, { location: `${path}x` }).end(),
  },
};

interface Sink {
  write(piece: Buffer | string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  on(event: 'error' | 'close', listener: () => void): unknown;
  readonly destroyed: boolean;
  end(): unknown;
}

function html(response: ServerResponse, start = HEAD, encoding?: string): ServerResponse {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    ...(encoding && { 'content-encoding': encoding }),
  });
  if (start !== '') response.write(start);
  return response;
}

function page(rest: string): BadAnswer['answer'] {
  const body = Buffer.from(HEAD + rest);
  return (response) => html(response, '').end(body);
}

/** The connection itself, past all that Node's server would do for us. */
function raw(response: ServerResponse, start: string): Sink {
  const socket = response.socket!;
  socket.write(start);
  return socket;
}

/** As fast as the other side reads, up to so many bytes. */
function pour(sink: Sink, bytes: number, piece: Buffer): void {
  let left = bytes;
  const more = () => {
    while (left > 0 && !sink.destroyed) {
      left -= piece.length;
      if (!sink.write(piece)) return void sink.once('drain', more);
    }
    if (!sink.destroyed) sink.end();
  };
  more();
}

function drip(sink: Sink): void {
  const timer = setInterval(() => sink.write('.'), DRIP_MS);
  sink.on('close', () => clearInterval(timer));
}
