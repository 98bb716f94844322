import type { FoundJob } from '#libs/jobs';
import { fetchCandidates } from '#libs/preview';
import type { JobShape } from './jobs.schema.js';

/** A job as callers see it. What a fault of ours looks like inside is for the logs alone. */
export function jobBody(job: FoundJob): JobShape {
  const { id, name, url, state, result, attempts } = job;
  return {
    id,
    kind: 'job',
    name,
    url: fetchCandidates(url)[0] ?? url,
    state,
    outcome: state === 'failed' ? 'EFATAL' : (result?.outcome ?? null),
    reason: state === 'failed' ? 'Something went wrong here.' : (result?.reason ?? null),
    work: result?.work ?? null,
    version: result?.version ?? null,
    attempts,
    createdAt: isoTime(job.createdAt),
    startedAt: isoTime(job.startedAt),
    finishedAt: isoTime(job.finishedAt),
  };
}

function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
