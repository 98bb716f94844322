import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings } from '#libs/settings';
import { Logger, runProcess, Tracing } from '#libs/telemetry';
import { lookupsAtATime } from './fetch/lookups-at-a-time.js';
import { workerEnv } from './worker.env.js';
import { WorkerModule } from './worker.module.js';

await runProcess(async () => {
  const env = readSettings(workerEnv, process.env);
  const logger = new Logger('worker', env.LOG_LEVEL);
  const [endpoint, ratio] = [env.OTEL_EXPORTER_OTLP_ENDPOINT, env.OTEL_TRACES_SAMPLER_ARG];
  const tracing =
    endpoint === undefined ? undefined : await Tracing.start({ service: 'worker', endpoint, ratio });
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.forRoot(env, logger, tracing),
    new FastifyAdapter(),
    { logger, abortOnError: false },
  );
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  if (env.WORKER_PORT === undefined) await app.init();
  else await app.listen(env.WORKER_PORT, env.HOST);
  const url = env.WORKER_PORT === undefined ? undefined : await app.getUrl();
  const lookups = lookupsAtATime(env.UV_THREADPOOL_SIZE);
  if (env.WORKER_QUEUES.includes('previews') && lookups < env.WORKER_CONCURRENCY)
    logger.warn(
      'a few host names that nobody answers for would hold up all scrapes: raise UV_THREADPOOL_SIZE',
      {
        lookups,
        concurrency: env.WORKER_CONCURRENCY,
      },
    );
  logger.info('worker is ready', {
    queues: env.WORKER_QUEUES,
    concurrency: env.WORKER_CONCURRENCY,
    url,
  });
});
