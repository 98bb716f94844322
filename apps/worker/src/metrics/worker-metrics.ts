import { Injectable, type OnModuleInit } from '@nestjs/common';
import { withinDeadline } from '#libs/preview';
import { CacheRedis } from '#libs/redis';
import { StorePool } from '#libs/store';
import { Metrics, postgresMetrics, processMetrics, redisMetrics, SECONDS } from '#libs/telemetry';
import { onOriginRequest } from '../fetch/origin-requests.js';
import { WorkSlots } from '../previews/work-slots.js';
import { ServedQueues } from '../queues/served-queues.js';

/** Longest wait for the queue's Redis, in ms. */
const QUEUE_DEADLINE_MS = 1_000;

/** What a worker measures beside its jobs. */
@Injectable()
export class WorkerMetrics implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly redis: CacheRedis,
    private readonly queues: ServedQueues,
    private readonly pool: StorePool,
    private readonly slots: WorkSlots,
  ) {}

  onModuleInit(): void {
    const { metrics } = this;
    processMetrics(metrics);
    postgresMetrics(metrics, () => this.pool.usage());
    redisMetrics(metrics, { cache: () => this.redis.isConnected, queue: () => this.hasQueue() });
    this.slotMetrics();
    const requests = metrics.histogram(
      'warmlink_origin_request_duration_seconds',
      'Requests to origins, of whatever kind, until their head arrived or it was sure that none would; by class of status, or the contract’s code.',
      SECONDS,
      'outcome',
    );
    onOriginRequest((outcome, ms) => requests.with({ outcome }).observe(ms / 1_000));
  }

  private hasQueue(): Promise<boolean> {
    return withinDeadline(this.queues.memory(), QUEUE_DEADLINE_MS, 'queue').then(
      () => true,
      () => false,
    );
  }

  private slotMetrics(): void {
    const busy = this.metrics.gauge('warmlink_worker_slots_busy', 'Scrapes under way, pictures included.');
    const limit = this.metrics.gauge('warmlink_worker_slots', 'Scrapes at a time.');
    this.metrics.collect([], () => {
      busy.with({}).set(this.slots.busy);
      limit.with({}).set(this.slots.size);
    });
  }
}
