import { Worker } from 'bullmq';
import { ROUND_TRIP_QUEUE } from './round-trip.js';

/** Does nothing with its jobs, so that what they take is the queue's. */
const worker = new Worker(ROUND_TRIP_QUEUE, async () => null, {
  connection: { url: process.argv[2]!, maxRetriesPerRequest: null },
});
await worker.waitUntilReady();
process.send?.('ready');
process.once('disconnect', () => process.exit());
