import {
  type Context,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';

const HEADER = 'traceparent';
const FORM = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/** How a trace goes from process to process: the header of W3C Trace Context, level 1. Its companion `tracestate` is other vendors' and is left out. */
export class TraceParent implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (span === undefined || !isSpanContextValid(span)) return;
    const flags = span.traceFlags.toString(16).padStart(2, '0');
    setter.set(carrier, HEADER, `00-${span.traceId}-${span.spanId}-${flags}`);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const [, traceId, spanId, flags] = FORM.exec(String(getter.get(carrier, HEADER))) ?? [];
    if (traceId === undefined) return context;
    const span = { traceId, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16), isRemote: true };
    return isSpanContextValid(span) ? trace.setSpanContext(context, span) : context;
  }

  fields(): string[] {
    return [HEADER];
  }
}
