import { type Counter, type Histogram, type Logger, type Metrics, SECONDS } from '#libs/telemetry';

/** A job as the queue's library holds it, as far as it matters here. Times in ms since the epoch. */
interface WatchedJob {
  readonly id?: string | undefined;
  readonly data: { readonly requestId?: string | undefined };
  readonly timestamp: number;
  readonly processedOn?: number | undefined;
  readonly attemptsStarted: number;
}

/** What came of a job; words of closed lists. */
export interface JobEnd {
  readonly work: string;
  readonly outcome?: string;
}

/** What a worker says of its jobs: numbers, and lines with the ids by which one finds what belongs to a request. */
export class JobWatch {
  private readonly ended: Counter<'job' | 'work' | 'outcome'>;
  private readonly durations: Histogram<'job'>;
  private readonly waits: Histogram<'job'>;

  constructor(
    metrics: Metrics,
    private readonly logger: Pick<Logger, 'info' | 'within'>,
  ) {
    this.ended = metrics.counter(
      'warmlink_jobs_total',
      'Jobs by what was done and what came of it; postponed: their host had no room, faulted: they are tried again.',
      'job',
      'work',
      'outcome',
    );
    this.durations = metrics.histogram(
      'warmlink_job_duration_seconds',
      'Time that a worker had a job in hand.',
      SECONDS,
      'job',
    );
    this.waits = metrics.histogram(
      'warmlink_job_wait_seconds',
      'Time from the asking for a job until a worker began it for the first time.',
      SECONDS,
      'job',
    );
  }

  /**
   * Does a job, and counts it.
   *
   * @param name of a closed list, too
   */
  async measure<Result>(
    name: string,
    job: WatchedJob,
    work: () => Promise<Result>,
    endOf: (result: Result) => JobEnd,
  ): Promise<Result> {
    if (job.attemptsStarted <= 1) this.waits.with({ job: name }).observe(waitMs(job) / 1_000);
    const startedAt = performance.now();
    let end: JobEnd = { work: 'faulted' };
    try {
      const result = await work();
      end = endOf(result);
      return result;
    } finally {
      this.durations.with({ job: name }).observe((performance.now() - startedAt) / 1_000);
      this.ended.with({ job: name, outcome: 'none', ...end }).add();
    }
  }

  /** The same; and a line with the ids of the job and of the request that it was begun for says how it ended. Lines for debugging that are logged meanwhile bear them, too. */
  async watch<Result>(
    name: string,
    job: WatchedJob,
    work: () => Promise<Result>,
    endOf: (result: Result) => JobEnd,
  ): Promise<Result> {
    const startedAt = performance.now();
    const ids = { job: name, jobId: job.id, requestId: job.data.requestId };
    return this.logger.within(ids, async () => {
      const result = await this.measure(name, job, work, endOf);
      this.logger.info('job ended', {
        ...ids,
        ...endOf(result),
        ms: Math.round(performance.now() - startedAt),
        waitMs: waitMs(job),
      });
      return result;
    });
  }
}

/** Clocks may differ. */
function waitMs({ timestamp, processedOn }: WatchedJob): number {
  return Math.max(0, (processedOn ?? timestamp) - timestamp);
}
