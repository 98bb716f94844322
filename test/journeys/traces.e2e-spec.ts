import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { read, Stack } from '../support/stack.js';

/** A span as it is sent, with the process that sent it. */
interface Span {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** OTLP's number: 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly { readonly key: string; readonly value: { stringValue?: string } }[];
    };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'service'>[] }[];
  }[];
}

const spans: Span[] = [];
let texts = '';
let collector: Server;
let stack: Stack;
let site: FakeSite;

beforeAll(async () => {
  collector = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      texts += text;
      for (const { resource, scopeSpans } of (JSON.parse(text) as Export).resourceSpans) {
        const service =
          resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        spans.push(...scopeSpans.flatMap((scope) => scope.spans).map((span) => ({ ...span, service })));
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  [stack, site] = await Promise.all([Stack.start({ environment }), FakeSite.start('127.0.0.2')]);
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
  await new Promise((resolve) => collector.close(resolve));
});

test('a caller’s trace goes from the request through the job to the origin, and to who answers out of memory', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  site.page('/traced-page', html('Traced'));
  for (let time = 0; time < 3; time += 1) await read(stack.gateway, site.url('/traced-page'), headers);

  const ofTrace = await eventually(
    () => Promise.resolve(spans.filter((span) => span.traceId === traceId)),
    (seen) => seen.filter(({ kind }) => kind === 2).length === 3 && seen.some(({ kind }) => kind === 3),
  );
  const origin = ofTrace.find(({ kind }) => kind === 3)!;
  const way = [origin];
  for (let span: Span | undefined = origin; span !== undefined;) {
    const { parentSpanId }: Span = span;
    span = ofTrace.find(({ spanId }) => spanId === parentSpanId);
    if (span !== undefined) way.push(span);
  }
  expect(way.map(({ service, kind }) => [service, kind])).toEqual([
    ['warmlink-worker', 3],
    ['warmlink-worker', 5],
    ['warmlink-gateway', 4],
    ['warmlink-gateway', 2],
  ]);
  expect(way.at(-1)).toMatchObject({ name: 'GET /v1/preview', parentSpanId: 'b7ad6b7169203331' });
  expect(ofTrace.filter(({ kind }) => kind === 2)).toHaveLength(3); // the last one by the hot lane
  expect(texts).not.toContain('traced-page'); // what is in a path may be a secret
});
