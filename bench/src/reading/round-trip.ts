import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Queue, QueueEvents } from 'bullmq';

export const ROUND_TRIP_QUEUE = 'bench-round-trip';

const PATIENCE_MS = 10_000;

/** A queue of BullMQ whose worker, a process of its own, does nothing: what a job costs before any work. */
export class RoundTrip {
  private constructor(
    private readonly child: ChildProcess,
    private readonly queue: Queue,
    private readonly events: QueueEvents,
  ) {}

  static async start(redisUrl: string): Promise<RoundTrip> {
    const child = fork(join(import.meta.dirname, 'round-trip.child.js'), [redisUrl]);
    await once(child, 'message');
    const connection = { url: redisUrl, maxRetriesPerRequest: null };
    const queue = new Queue(ROUND_TRIP_QUEUE, { connection });
    const events = new QueueEvents(ROUND_TRIP_QUEUE, { connection });
    await events.waitUntilReady();
    return new RoundTrip(child, queue, events);
  }

  /** @returns ms from the add to the word of its end */
  async measure(): Promise<number> {
    const start = performance.now();
    const job = await this.queue.add('nothing', {}, { removeOnComplete: { count: 100 } });
    await job.waitUntilFinished(this.events, PATIENCE_MS);
    return performance.now() - start;
  }

  async stop(): Promise<void> {
    await this.events.close();
    await this.queue.close();
    this.child.disconnect();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}
