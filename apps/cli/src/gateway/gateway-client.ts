import { GatewayAway, GatewayRefused } from './gateway-failure.js';

/** Longest wait for an answer, in ms: a read may wait 28 s for its scrape, a list of 10,000 pages is written in one transaction. */
const READ_DEADLINE_MS = 35_000;
const ORDER_DEADLINE_MS = 60_000;
const DEADLINE_MS = 15_000;

/** A body of an answer. */
export type Body = Readonly<Record<string, unknown>>;

/** An answer that is a success. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** How far a batch is, as far as it matters here. */
export interface Batch {
  readonly state: string;
  readonly total: number;
  /** Whether all of its pages are known. */
  readonly listed: boolean;
  /** Pages by outcome: `success`, or a code of the contract. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export interface RejectedUrl {
  /** Its place in the list, from 0. */
  readonly index: number;
  readonly url: string;
  readonly code: string;
  readonly message: string;
}

/** A list that was taken. */
export interface OrderedBatch {
  readonly id: string;
  /** Pages that it names. */
  readonly total: number;
  readonly duplicates: number;
  readonly rejected: readonly RejectedUrl[];
}

/** The API, as this command line uses it. Every call has a deadline, and throws {GatewayRefused} or {GatewayAway}; or what `signal` was aborted with. */
export class GatewayClient {
  /** @param key undefined: reads that need none */
  constructor(
    readonly url: string,
    private readonly key: string | undefined,
  ) {}

  preview(url: string, force: boolean, signal: AbortSignal): Promise<GatewayAnswer> {
    const query = new URLSearchParams({ url, ...(force && { force: 'true' }) });
    return this.call('GET', `/v1/preview?${query.toString()}`, READ_DEADLINE_MS, signal);
  }

  /** @returns how many keys were named */
  async purge(target: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number> {
    const path = `/v1/previews?${new URLSearchParams(target).toString()}`;
    return (await this.data<{ purged: number }>('DELETE', path, ORDER_DEADLINE_MS, signal)).purged;
  }

  /** @param at undefined: now */
  orderWarms(urls: readonly string[], at: string | undefined, signal: AbortSignal): Promise<OrderedBatch> {
    return this.data('POST', '/v1/warm', ORDER_DEADLINE_MS, signal, {
      urls,
      ...(at !== undefined && { at }),
    });
  }

  /** Of all that is stored of a host, or has a tag. */
  orderRefreshes(
    target: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ readonly id: string }> {
    return this.data('POST', '/v1/refresh', ORDER_DEADLINE_MS, signal, target);
  }

  batch(id: string, signal: AbortSignal): Promise<Batch> {
    return this.data('GET', `/v1/batches/${encodeURIComponent(id)}`, DEADLINE_MS, signal);
  }

  private async data<Data>(
    method: string,
    path: string,
    deadlineMs: number,
    signal: AbortSignal,
    body?: object,
  ): Promise<Data> {
    return (await this.call(method, path, deadlineMs, signal, body)).body['data'] as Data;
  }

  private async call(
    method: string,
    path: string,
    deadlineMs: number,
    signal: AbortSignal,
    body?: object,
  ): Promise<GatewayAnswer> {
    signal.throwIfAborted();
    try {
      const response = await fetch(this.url + path, {
        method,
        redirect: 'error', // the key is for this gateway
        headers: {
          ...(this.key !== undefined && { 'x-api-key': this.key }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      });
      const answer = asBody(await response.text());
      if (!response.ok || answer === undefined) throw refusal(response, answer);
      return { status: response.status, headers: response.headers, body: answer };
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof GatewayRefused ? error : new GatewayAway(this.url, error);
    }
  }
}

function asBody(text: string): Body | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Body) : undefined;
  } catch {
    return undefined;
  }
}

function refusal({ status, headers }: Response, body: Body | undefined): GatewayRefused {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const { code, message } = body ?? {};
  return new GatewayRefused(
    status,
    typeof code === 'string' ? code : `HTTP ${status}`,
    typeof message === 'string' ? message : 'This is no answer of a gateway.',
    body,
    Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined,
  );
}
