import { Injectable } from '@nestjs/common';
import { type PreviewJob, type PreviewJobData, type PreviewJobResult, PreviewQueue } from '#libs/jobs';
import { type PreviewKey, withinDeadline } from '#libs/preview';

/** A scrape that readers of this process wait for, or that goes on behind a stale answer. */
interface Flight {
  readonly urgent: boolean;
  readonly job: Promise<PreviewJob>;
  readonly end: Promise<PreviewJobResult | undefined>;
}

/** How a wait ended. */
export interface Landed {
  readonly jobId: string;
  /** What the job said of itself; undefined when time was up first, or the news got lost. */
  readonly result: PreviewJobResult | undefined;
}

export interface ScrapeWaiterOptions {
  /** Longest time that a scrape is followed, in ms; no reader may wait longer. */
  readonly longestWaitMs: number;
}

/** How long (ms) a page is not refreshed again that robots.txt is against: it stays stale, and every read of it would ask once more. */
const DISALLOWED_REST_MS = 60_000;

/** Has pages scraped, each once for all readers of this process: a thousand of them cost the queue one job and one listener. */
@Injectable()
export class ScrapeWaiter {
  private readonly flights = new Map<PreviewKey, Flight>();

  constructor(
    private readonly queue: PreviewQueue,
    private readonly options: ScrapeWaiterOptions,
  ) {}

  /**
   * Asks for a scrape, or joins the one under way, and waits for its end.
   *
   * @param signal ends the wait, and not the scrape
   * @throws {QueueBusy}
   */
  async scrape(data: PreviewJobData, waitMs: number, signal?: AbortSignal): Promise<Landed> {
    const { job, end } = this.join(data);
    const { id = '' } = await job;
    // Each waits as long as he likes for the one flight.
    const result = await withinDeadline(end, Math.max(1, waitMs), 'a scrape', signal).catch(() => undefined);
    return { jobId: id, result };
  }

  /** Has a page refreshed behind an answer that is on its way: neither delays it nor fails it. */
  refreshLater(data: PreviewJobData, onRefused: (error: unknown) => void): void {
    if (this.flights.has(data.key)) return;
    this.take('refresh', data).job.catch(onRefused);
  }

  private join(data: PreviewJobData): Flight {
    const flight = this.flights.get(data.key);
    // Nobody waited for a refresh, and now someone does: adding it once more hurries the job.
    return flight?.urgent === true ? flight : this.take('scrape', data);
  }

  private take(name: 'scrape' | 'refresh', data: PreviewJobData): Flight {
    const job = this.queue.add(name, data);
    const end = job.then((added) => this.queue.waitForEnd(added, this.options.longestWaitMs));
    const land = () => {
      if (this.flights.get(data.key) === flight) this.flights.delete(data.key);
    };
    end.then((result) => {
      if (name === 'refresh' && result?.work === 'disallowed') setTimeout(land, DISALLOWED_REST_MS).unref();
      else land();
    }, land);
    end.catch(() => undefined); // those who wait hear it from the job
    const flight = { urgent: name === 'scrape', job, end };
    this.flights.set(data.key, flight);
    return flight;
  }
}
