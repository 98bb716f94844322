import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings } from '#libs/settings';
import { Logger, runProcess } from '#libs/telemetry';
import { workerEnv } from './worker.env.js';
import { WorkerModule } from './worker.module.js';

await runProcess(async () => {
  const env = readSettings(workerEnv, process.env);
  const logger = new Logger('worker', env.LOG_LEVEL);
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.forRoot(env, logger),
    new FastifyAdapter(),
    { logger, abortOnError: false },
  );
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  if (env.WORKER_PORT === undefined) await app.init();
  else await app.listen(env.WORKER_PORT, env.HOST);
  logger.info('worker is ready', { concurrency: env.WORKER_CONCURRENCY });
});
