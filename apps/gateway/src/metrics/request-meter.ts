import { type Histogram, type Logger, type Metrics, SECONDS } from '#libs/telemetry';
import type { ErrorCode } from '#libs/preview';
import type { PreviewAnswer } from '../previews/preview-answer.js';

/** A request that was answered, whoever answered it. */
export interface AnsweredRequest {
  /** As in its `x-request-id`. */
  readonly id: string;
  readonly method: string;
  /** The route's pattern, never the path that was asked for; undefined where there is no such route. */
  readonly route: string | undefined;
  readonly status: number;
  /** From its arrival on, in ms. */
  readonly ms: number;
}

type HttpLabel = 'method' | 'route' | 'status';

/** Two paths lead to one route; the hot lane doesn't tell them apart. */
const PREVIEW_ROUTE = '/v1/preview';

/** Bounds the label: the parser knows some thirty methods, and any of them may come. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts requests and how long they took, for the framework's routes and the hot lane alike. */
export class RequestMeter {
  private readonly requests: Histogram<HttpLabel>;
  private readonly reads: Readonly<Record<PreviewAnswer['tier'] | 'origin', ReturnType<Histogram['with']>>>;
  private readonly problems;
  /** Series of the hot lane, by method and status: it can't spare the search for them. */
  private readonly ofLane = new Map<string, Map<number, ReturnType<Histogram['with']>>>();

  constructor(
    metrics: Metrics,
    private readonly logger: Pick<Logger, 'debug' | 'isDebugging'>,
  ) {
    this.requests = metrics.histogram<HttpLabel>(
      'warmlink_http_request_duration_seconds',
      'Time until a request was answered, by route, method and status.',
      SECONDS,
      'method',
      'route',
      'status',
    );
    const reads = metrics.histogram(
      'warmlink_read_duration_seconds',
      'Time until a preview was answered, by where it was found; origin: its reader waited for a scrape.',
      SECONDS,
      'tier',
    );
    const tier = (tier: string) => reads.with({ tier });
    this.reads = { L1: tier('L1'), L2: tier('L2'), L3: tier('L3'), origin: tier('origin') };
    this.problems = metrics.counter(
      'warmlink_http_errors_total',
      'Answers that were errors, by the contract’s code.',
      'code',
    );
  }

  /** A preview was found, and is being answered. */
  read({ kind, tier }: Pick<PreviewAnswer, 'kind' | 'tier'>, ms: number): void {
    this.reads[kind === 'hit' ? tier : 'origin'].observe(ms / 1_000);
  }

  /** The framework has answered a request. */
  answered(request: AnsweredRequest): void {
    const { method, route = 'none', status, ms } = request;
    const labels = {
      method: METHODS.has(method) ? method : 'other',
      route: route === '/' ? PREVIEW_ROUTE : route,
      status: String(status),
    };
    this.requests.with(labels).observe(ms / 1_000);
    this.log(request);
  }

  /** The hot lane has answered a request for a preview. */
  answeredByLane(id: string, method: string, status: number, ms: number): void {
    let ofMethod = this.ofLane.get(method);
    if (ofMethod === undefined) this.ofLane.set(method, (ofMethod = new Map()));
    let series = ofMethod.get(status);
    if (series === undefined) {
      series = this.requests.with({ method, route: PREVIEW_ROUTE, status: String(status) });
      ofMethod.set(status, series);
    }
    series.observe(ms / 1_000);
    if (this.logger.isDebugging) this.log({ id, method, route: PREVIEW_ROUTE, status, ms });
  }

  /** A request was answered with an error. */
  failed(code: ErrorCode): void {
    this.problems.with({ code }).add();
  }

  /** A line a request, for who looks for one: its path stays out, which has other people's secrets in it. */
  private log({ id, method, route, status, ms }: AnsweredRequest): void {
    if (!this.logger.isDebugging) return;
    this.logger.debug('request answered', {
      requestId: id,
      method,
      route,
      status,
      ms: Math.round(ms * 10) / 10,
    });
  }
}
