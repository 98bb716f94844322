export type { FoundJob } from './found-job.js';
export { consumerEnv, producerEnv } from './jobs.env.js';
export { PALETTE_QUEUE, type PaletteJobData } from './palette-job.js';
export { PaletteQueue } from './palette-queue.js';
export {
  isAwaited,
  PREVIEW_QUEUE,
  type PreviewJobData,
  type PreviewJobName,
  type PreviewJobResult,
  retryPauseMs,
} from './preview-job.js';
export { mayEvict, type QueueMemory, queueMemory, readQueueMemory } from './queue-memory.js';
export { type PreviewJob, PreviewQueue } from './preview-queue.js';
export type { QueueOptions } from './queue-producer.js';
export { slotsName } from './slots-name.js';
