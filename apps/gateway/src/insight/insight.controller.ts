import { Controller, Get, Header, Query } from '@nestjs/common';
import { Clock } from '#libs/preview';
import { WarmInsight } from '#libs/store';
import { RequiresRole } from '../access/role.js';
import { DescribedBy } from '../openapi/route-description.js';
import { fromStore, PATIENCE_MS } from '../patient-store.js';
import { forecastBody } from './forecast-body.js';
import { HotKeys } from './hot-keys.js';
import { forecastDescription, hotKeysDescription, statisticsDescription } from './insight.description.js';
import { type HotKeysQuery, hotKeysQuery, type StatisticsQuery, statisticsQuery } from './insight.schema.js';
import { statisticsBody, statisticsSpan } from './statistics.js';

/** What operators see of the warm loop: what is expected, how good that was, and what it came to. */
@Controller('v1')
@RequiresRole('operator')
export class InsightController {
  constructor(
    private readonly hot: HotKeys,
    private readonly insight: WarmInsight,
    private readonly clock: Clock,
  ) {}

  @Get('hot-keys')
  @DescribedBy(hotKeysDescription)
  @Header('cache-control', 'no-store')
  async hotKeys(@Query({ schema: hotKeysQuery }) { limit }: HotKeysQuery) {
    return { status: 'success', data: await this.hot.expected(limit) };
  }

  @Get('forecast')
  @DescribedBy(forecastDescription)
  @Header('cache-control', 'no-store')
  async forecast() {
    const learned = await fromStore(this.insight.forecast(), 'reading the forecast');
    return { status: 'success', data: forecastBody(learned) };
  }

  @Get('statistics')
  @DescribedBy(statisticsDescription)
  @Header('cache-control', 'no-store')
  async statistics(@Query({ schema: statisticsQuery }) { since, step }: StatisticsQuery) {
    const span = statisticsSpan(this.clock.now(), since, step);
    const totals = await fromStore(this.insight.totals(span.from, step, PATIENCE_MS), 'summing up totals');
    return { status: 'success', data: statisticsBody(span, totals) };
  }
}
