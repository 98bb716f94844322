import 'reflect-metadata';
import cluster from 'node:cluster';
import { keepEventLoopTo, readSettings } from '#libs/settings';
import { Logger, runProcess, Tracing } from '#libs/telemetry';
import { gatewayApp } from './gateway-app.js';
import { gatewayEnv } from './gateway.env.js';
import { parentChannel } from './processes/all-metrics.js';
import { GatewayProcesses } from './processes/gateway-processes.js';

await runProcess(async () => {
  const env = readSettings(gatewayEnv, process.env);
  const logger = new Logger('gateway', env.LOG_LEVEL);
  if (cluster.isPrimary && env.GATEWAY_PROCESSES > 1)
    return new GatewayProcesses(env.GATEWAY_PROCESSES, logger).start();
  const [endpoint, ratio] = [env.OTEL_EXPORTER_OTLP_ENDPOINT, env.OTEL_TRACES_SAMPLER_ARG];
  const tracing =
    endpoint === undefined ? undefined : await Tracing.start({ service: 'gateway', endpoint, ratio });
  const app = await gatewayApp(env, logger, tracing);
  if (env.GATEWAY_CPUS !== undefined) keepEventLoopTo(env.GATEWAY_CPUS); // now that its helpers are there
  await app.listen(env.PORT, env.HOST);
  const url = await app.getUrl();
  const parent = parentChannel();
  if (parent === undefined) logger.info('gateway is ready', { url });
  else parent.send({ kind: 'ready', url });
});
