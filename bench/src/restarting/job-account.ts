import { setTimeout as pause } from 'node:timers/promises';
import { QueueEvents } from 'bullmq';
import { PREVIEW_QUEUE } from '#libs/jobs';
import { consumerConnection, QUEUE_PREFIX } from '#libs/redis';

const LOOK_EVERY_MS = 100;

/** What the queue says of its jobs: each that was added has to end. */
export class JobAccount {
  readonly added = new Set<string>();
  readonly completed = new Set<string>();
  readonly failed = new Set<string>();
  private readonly closing = new AbortController();
  private readonly events: QueueEvents;

  constructor(redisUrl: string) {
    this.events = new QueueEvents(PREVIEW_QUEUE, {
      prefix: QUEUE_PREFIX,
      connection: consumerConnection(redisUrl, this.closing.signal),
    });
    this.events.on('added', ({ jobId }) => this.added.add(jobId));
    this.events.on('completed', ({ jobId }) => this.completed.add(jobId));
    this.events.on('failed', ({ jobId }) => this.failed.add(jobId));
  }

  async begin(): Promise<void> {
    await this.events.waitUntilReady();
  }

  /** Waits until all have ended, for no longer than that. */
  async settle(patienceMs: number): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (this.lost > 0 && performance.now() < deadline) await pause(LOOK_EVERY_MS);
  }

  /** How many were added and have not ended. */
  get lost(): number {
    return [...this.added].filter((id) => !this.completed.has(id) && !this.failed.has(id)).length;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.events.close();
  }
}
