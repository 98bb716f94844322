import type { OnApplicationShutdown } from '@nestjs/common';
import { context, propagation, trace } from '@opentelemetry/api';
import type { Telemetry } from 'bullmq';
import { TraceParent } from './trace-parent.js';

export interface TracingOptions {
  readonly service: string;
  /** Where spans go, by OTLP over HTTP with JSON: the collector's base URL. */
  readonly endpoint: string;
  /** Share of the traces begun here that are kept, from 0 to 1; those begun elsewhere are kept as they say. */
  readonly ratio: number;
}

/** Longest wait for the collector, in ms: with a batch, and with the last one when the process ends. */
const EXPORT_TIMEOUT_MS = 5_000;
const LAST_DEADLINE_MS = 1_000;

/** What a process that traces has: the queue's part in it, and an end. */
export class Tracing implements OnApplicationShutdown {
  private constructor(
    /** For producers and consumers: a job goes on with the trace that it was added in. */
    readonly jobs: Telemetry,
    private readonly end: () => Promise<void>,
  ) {}

  /** Begins to trace, for the whole process. What it needs is loaded only here: where nobody traces it costs nothing. */
  static async start({ service, endpoint, ratio }: TracingOptions): Promise<Tracing> {
    const [sdk, { resourceFromAttributes }, { OTLPTraceExporter }, hooks, { BullMQOtel }] = await Promise.all(
      [
        import('@opentelemetry/sdk-trace'),
        import('@opentelemetry/resources'),
        import('@opentelemetry/exporter-trace-otlp-http'),
        import('@opentelemetry/context-async-hooks'),
        import('bullmq-otel'),
      ],
    );
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
      timeoutMillis: EXPORT_TIMEOUT_MS,
    });
    const provider = new sdk.TracerProvider({
      resource: resourceFromAttributes({ 'service.name': `warmlink-${service}` }),
      sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [new sdk.BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
    });
    context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new TraceParent());
    trace.setGlobalTracerProvider(provider);
    return new Tracing(new BullMQOtel({ tracerName: 'warmlink' }), () => provider.shutdown());
  }

  /** Sends what is left, within a deadline: a collector that is away keeps no process from ending. */
  async onApplicationShutdown(): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_DEADLINE_MS).unref());
    await Promise.race([this.end().catch(() => undefined), late]);
  }
}
