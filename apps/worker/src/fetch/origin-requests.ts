import { subscribe } from 'node:diagnostics_channel';
import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { parseUrl } from '#libs/preview';
import { connectionFault } from './faults.js';
import { FetchFailed } from './fetch-failed.js';

/** How a request to an origin ended: the class of its status (`2xx`), or the contract's code for why there is none; `own`: through a fault of ours. */
export type OriginRequestEnd = string;

/**
 * Tells of every request that leaves this process for an origin, be it for a page, a picture or a robots.txt: when its head has arrived, or it is sure that none
 * will; and has each be a span, where somebody traces. Redirects and second tries are requests of their own. Call it once: the client's channels are the process's.
 */
export function onOriginRequest(ended: (end: OriginRequestEnd, ms: number) => void): void {
  const tracer = trace.getTracer('warmlink');
  const started = new WeakMap<object, { readonly at: number; readonly span: Span }>();
  const end = (request: object, how: OriginRequestEnd) => {
    const start = started.get(request);
    if (start === undefined) return; // it has a head, and what befalls its body is another matter
    started.delete(request);
    ended(how, performance.now() - start.at);
    start.span.setAttribute('warmlink.outcome', how);
    if (!how.endsWith('xx')) start.span.setStatus({ code: SpanStatusCode.ERROR });
    start.span.end();
  };
  subscribe('undici:request:create', (message) => {
    const { request } = message as RequestMessage;
    const attributes = { 'server.address': hostOf(request) }; // the path has other people's secrets in it
    const span = tracer.startSpan('origin request', { kind: SpanKind.CLIENT, attributes });
    started.set(request, { at: performance.now(), span });
  });
  subscribe('undici:request:headers', (message) => {
    const { request, response } = message as RequestMessage & { response: { statusCode: number } };
    if (response.statusCode >= 200) end(request, `${Math.floor(response.statusCode / 100)}xx`);
  });
  subscribe('undici:request:error', (message) => {
    const { request, error } = message as RequestMessage & { error: unknown };
    const fault = connectionFault(error);
    end(request, fault instanceof FetchFailed ? fault.failure.code : 'own');
  });
}

interface RequestMessage {
  readonly request: object & { readonly origin?: unknown };
}

function hostOf({ origin }: RequestMessage['request']): string {
  return parseUrl(String(origin))?.hostname ?? '';
}
