import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { type Logger, Metrics, type Tracing } from '#libs/telemetry';
import { Draining } from './draining.js';
import type { GatewayEnv } from './gateway.env.js';
import { GatewayModule } from './gateway.module.js';
import { DirectConnections } from './hot-lane/direct-connections.js';
import { HotLane } from './hot-lane/hot-lane.js';
import { standBeforeRouter } from './hot-lane/lane-before-router.js';
import { httpServer } from './http-server.js';
import { answerOtherMethods } from './method-not-allowed.js';
import { RequestMeter } from './metrics/request-meter.js';
import { ProblemFilter } from './problem.filter.js';
import { nameSpansByRoute, traceRequests } from './traced-requests.js';

/** A gateway with all its routes, that doesn't listen yet. */
export async function gatewayApp(
  env: GatewayEnv,
  logger: Logger,
  tracing?: Tracing,
): Promise<NestFastifyApplication> {
  const metrics = new Metrics();
  const meter = new RequestMeter(metrics, logger);
  const problems = new ProblemFilter(logger, meter);
  const adapter = httpServer((error, request, reply) => problems.send(error, request, reply), meter);
  const fastify = adapter.getInstance<FastifyInstance>();
  if (tracing !== undefined) nameSpansByRoute(fastify);
  const otherMethods = answerOtherMethods(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.forRoot(env, logger, { metrics, meter, problems, tracing }),
    adapter,
    {
      logger,
      abortOnError: false,
      bodyParser: false, // Fastify's own reads JSON; no route takes a form
    },
  );
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  await app.init();
  otherMethods.complete(); // Nest has put its routes there, and Fastify takes more until it listens
  const lane = app.get(HotLane);
  const draining = app.get(Draining);
  const direct = new DirectConnections(lane, () => draining.signal.aborted);
  if (env.HOT_LANE) standBeforeRouter(fastify.server, lane);
  if (tracing !== undefined) traceRequests(fastify);
  else if (env.HOT_LANE) direct.standBefore(fastify.server); // which no span would know of
  draining.watch(fastify.server, [direct]);
  return app;
}
