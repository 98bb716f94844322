import type { CanonicalUrl } from '#libs/preview';
import type { PreviewJobData, PreviewJobName, PreviewJobResult } from './preview-job.js';

/** *delayed*: it sits out a pause after a fault of our own, or until its host has room. */
export type FoundJobState = 'waiting' | 'running' | 'delayed' | 'completed' | 'failed';

/** A job as it is now. Times in ms since the epoch. */
export interface FoundJob {
  readonly id: string;
  readonly name: PreviewJobName;
  readonly url: CanonicalUrl;
  readonly state: FoundJobState;
  /** What it says of itself; undefined until it is completed. */
  readonly result: PreviewJobResult | undefined;
  /** How often it was begun, be it only to find no room at its host. */
  readonly attempts: number;
  readonly createdAt: number;
  /** When it was begun last. */
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
}

/** A job as the queue's library holds it, as far as it matters here. */
interface HeldJob {
  readonly id?: string | undefined;
  readonly name: PreviewJobName;
  readonly data: PreviewJobData;
  readonly returnvalue?: PreviewJobResult | null;
  readonly attemptsStarted: number;
  readonly timestamp: number;
  readonly processedOn?: number | undefined;
  readonly finishedOn?: number | undefined;
}

const STATES: Readonly<Record<string, FoundJobState>> = {
  active: 'running',
  delayed: 'delayed',
  completed: 'completed',
  failed: 'failed',
};

/** @param state as of a moment before `job` was read: what has happened since is left out, so that the parts agree */
export function foundJob(job: HeldJob, state: string): FoundJob {
  const known = STATES[state] ?? 'waiting'; // by priority, behind a pause of the whole queue …
  const hasEnded = known === 'completed' || known === 'failed';
  return {
    id: job.id ?? '',
    name: job.name,
    url: job.data.url,
    state: known,
    result: known === 'completed' ? (job.returnvalue ?? undefined) : undefined,
    attempts: job.attemptsStarted,
    createdAt: job.timestamp,
    startedAt: job.processedOn,
    finishedAt: hasEnded ? job.finishedOn : undefined,
  };
}
