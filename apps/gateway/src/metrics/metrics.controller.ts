import { Controller, Get, Header } from '@nestjs/common';
import { METRICS_TYPE } from '#libs/telemetry';
import { TakesAuthorization } from '../access/authorization-header.js';
import { RequiresRole } from '../access/role.js';
import { DescribedBy } from '../openapi/route-description.js';
import { AllMetrics } from '../processes/all-metrics.js';
import { metricsDescription } from './metrics.description.js';

/** For Prometheus. */
@Controller('metrics')
@RequiresRole('operator')
@TakesAuthorization()
export class MetricsController {
  constructor(private readonly metrics: AllMetrics) {}

  @Get()
  @DescribedBy(metricsDescription)
  @Header('content-type', METRICS_TYPE)
  @Header('cache-control', 'no-store')
  text(): Promise<string> {
    return this.metrics.text();
  }
}
