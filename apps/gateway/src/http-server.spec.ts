import { afterEach, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { Logger, Metrics } from '#libs/telemetry';
import { httpServer } from './http-server.js';
import { RequestMeter } from './metrics/request-meter.js';

const meter = new RequestMeter(new Metrics(), new Logger('gateway', 'error'));
const fastify = httpServer(() => undefined, meter).getInstance<FastifyInstance>();

afterEach(() => fastify.close());

test('a request has no longer for its headers than for all of it: Node would wait for the longer of the two', () => {
  const { headersTimeout, requestTimeout } = fastify.server;
  expect({ headersTimeout, requestTimeout }).toEqual({ headersTimeout: 30_000, requestTimeout: 30_000 });
});
