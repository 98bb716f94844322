import { Controller, Get, Header } from '@nestjs/common';
import { Metrics, METRICS_TYPE } from '#libs/telemetry';

/** For Prometheus, on the port of the health endpoint: open, as nothing in it is a secret, and that port is not for strangers. */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('content-type', METRICS_TYPE)
  text(): Promise<string> {
    return this.metrics.text();
  }
}
