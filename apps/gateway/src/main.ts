import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { readSettings } from '#libs/settings';
import { Logger, runProcess } from '#libs/telemetry';
import { gatewayEnv } from './gateway.env.js';
import { GatewayModule } from './gateway.module.js';
import { httpServer } from './http-server.js';
import { ProblemFilter } from './problem.filter.js';
import { answerOtherMethods } from './method-not-allowed.js';

await runProcess(async () => {
  const env = readSettings(gatewayEnv, process.env);
  const logger = new Logger('gateway', env.LOG_LEVEL);
  const problems = new ProblemFilter(logger);
  const adapter = httpServer((error, request, reply) => problems.send(error, request, reply));
  const otherMethods = answerOtherMethods(adapter.getInstance<FastifyInstance>());
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.forRoot(env, logger, problems),
    adapter,
    {
      logger,
      abortOnError: false,
    },
  );
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  await app.init();
  otherMethods.complete(); // Nest has put its routes there, and Fastify takes more until it listens
  await app.listen(env.PORT, env.HOST);
  logger.info('gateway is ready', { url: await app.getUrl() });
});
