import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect, test } from '@jest/globals';
import { TraceParent } from './trace-parent.js';

const HEADER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const propagator = new TraceParent();

test('a trace goes on as it came', () => {
  const context = propagator.extract(ROOT_CONTEXT, { traceparent: HEADER }, defaultTextMapGetter);
  const carrier: Record<string, string> = {};
  propagator.inject(context, carrier, defaultTextMapSetter);
  expect(carrier).toEqual({ traceparent: HEADER });
  expect(trace.getSpanContext(context)?.isRemote).toBe(true);
});

test.each([
  undefined,
  '',
  'x',
  `${HEADER}-more`,
  HEADER.replace('00-', 'ff-'),
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
])('what is no trace begins none: %s', (traceparent) => {
  const context = propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
  expect(trace.getSpanContext(context)).toBeUndefined();
});
