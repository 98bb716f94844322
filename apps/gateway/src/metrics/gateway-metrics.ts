import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PreviewCache } from '#libs/cache';
import { DemandHandover, DemandRecorder } from '#libs/demand';
import { PaletteQueue, PreviewQueue } from '#libs/jobs';
import { CacheRedis } from '#libs/redis';
import { StorePool, WarmInsight } from '#libs/store';
import { Metrics, postgresMetrics, processMetrics, redisMetrics } from '#libs/telemetry';
import { forecastMetrics } from './forecast-metrics.js';
import { queueMetrics } from './queue-metrics.js';
import { readMetrics } from './read-metrics.js';

/** What a gateway measures beside requests: all that can be looked up when somebody asks. */
@Injectable()
export class GatewayMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly recorder: DemandRecorder,
    private readonly cache: PreviewCache,
    private readonly redis: CacheRedis,
    private readonly pool: StorePool,
    private readonly previews: PreviewQueue,
    private readonly palettes: PaletteQueue,
    private readonly demand: DemandHandover,
    private readonly insight: WarmInsight,
  ) {}

  onModuleInit(): void {
    const { metrics, previews, palettes, demand } = this;
    processMetrics(metrics);
    readMetrics(metrics, this.recorder);
    this.memoryTierMetrics();
    postgresMetrics(metrics, () => this.pool.usage());
    redisMetrics(metrics, { cache: () => this.redis.isConnected, queue: () => previews.isConnected });
    const queues = { previews: previews.queue, palettes: palettes.queue, demand: demand.queue };
    queueMetrics(metrics, queues, previews);
    forecastMetrics(metrics, this.insight);
  }

  private memoryTierMetrics(): void {
    const copies = this.metrics.gauge('warmlink_memory_tier_copies', 'Previews in memory (L1).');
    const bytes = this.metrics.gauge('warmlink_memory_tier_bytes', 'What they take, as it is bounded.');
    this.metrics.collect([], () => {
      const held = this.cache.memoryUsage;
      copies.with({}).set(held.copies);
      bytes.with({}).set(held.bytes);
    });
  }
}
