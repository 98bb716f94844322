import type { Provider, Type } from '@nestjs/common';
import { PaletteProcessor } from '../palette/palette.processor.js';
import { PreviewProcessor } from '../previews/preview.processor.js';
import { RollUpProcessor } from '../warming/roll-up.processor.js';
import type { WorkerEnv } from '../worker.env.js';
import { type ServedQueue, ServedQueues, type WorkerQueue } from './served-queues.js';

/** Who takes the jobs of a queue. */
const EDGES: Readonly<Record<WorkerQueue, Type<ServedQueue>>> = {
  previews: PreviewProcessor,
  palettes: PaletteProcessor,
  demand: RollUpProcessor,
};

/** What is said about the queues that a worker serves, whichever they are. */
export function queueProviders({ WORKER_QUEUES }: WorkerEnv): Provider[] {
  return [
    {
      provide: ServedQueues,
      inject: WORKER_QUEUES.map((queue) => EDGES[queue]),
      useFactory: (...edges: ServedQueue[]) => new ServedQueues(edges),
    },
  ];
}
