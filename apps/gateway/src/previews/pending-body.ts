import { fetchCandidates } from '#libs/preview';
import type { PendingAnswer } from './preview-answer.js';

/** What a caller is told who waited as long as he wanted to: the scrape goes on, and where to ask after it. */
export function pendingBody({ url, jobId }: PendingAnswer) {
  return {
    status: 'pending',
    data: { url: fetchCandidates(url)[0] },
    job: { id: jobId, href: `/v1/jobs/${jobId}` },
  };
}
