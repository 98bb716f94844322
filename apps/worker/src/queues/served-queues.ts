import { PALETTE_QUEUE, PREVIEW_QUEUE, type QueueMemory } from '#libs/jobs';
import { DEMAND_QUEUE } from '#libs/demand';

/** Queues that a worker can take jobs from. Who serves `demand` makes the rounds of the warm loop, too. */
export const WORKER_QUEUES = [PREVIEW_QUEUE, PALETTE_QUEUE, DEMAND_QUEUE] as const;

export type WorkerQueue = (typeof WORKER_QUEUES)[number];

/** Who takes jobs of one of them. */
export interface ServedQueue {
  memory(): Promise<QueueMemory | undefined>;
}

/** The queues that this worker serves. They are on one server: what one of them says of it holds for all. */
export class ServedQueues {
  constructor(private readonly edges: readonly ServedQueue[]) {}

  /** How their server's memory is used, when it answers; sets no deadline of its own. */
  async memory(): Promise<QueueMemory | undefined> {
    return this.edges[0]?.memory();
  }
}
