import { setTimeout as pause } from 'node:timers/promises';
import type { Batch, GatewayClient, OrderedBatch } from '../gateway/gateway-client.js';
import { GatewayRefused } from '../gateway/gateway-failure.js';
import { withPatience } from '../gateway/with-patience.js';
import { chunksOf } from '../input/chunks.js';
import type { UrlInput } from '../input/url-input.js';
import { type Output, printable } from '../output.js';
import { lookPauseMs } from '../progress/look-pause.js';
import type { ProgressDisplay } from '../progress/progress-display.js';
import type { Progress } from '../progress/progress-line.js';
import type { OpenBatch, WarmState } from './warm-state.js';

/** Lists that are with the gateway at a time: one is worked off while the next waits. What is for a later time is ordered at once. */
const MOST_OPEN = 2;

/** Rejected URLs that people are shown; programs are told all. */
const MOST_SHOWN = 20;

export interface WarmRunOptions {
  /** By when pages are to be warm; undefined: now. */
  readonly at: string | undefined;
  readonly detach: boolean;
}

/** Has the pages of an input warm: orders them list by list, and follows what becomes of each. */
export class WarmRun {
  private total: number | undefined;
  private problems = 0;
  private shown = 0;
  private readonly startedAt = performance.now();
  /** Of batches under way: pages by outcome. */
  private readonly underWay = new Map<string, Batch['outcomes']>();

  constructor(
    private readonly gateway: GatewayClient,
    private readonly input: UrlInput,
    private readonly state: WarmState,
    private readonly output: Output,
    private readonly display: ProgressDisplay,
    private readonly options: WarmRunOptions,
    private readonly interruption: AbortSignal,
  ) {}

  /** @returns whether all of it went well @throws what `interruption` was aborted with, and as the gateway and the input do */
  async run(): Promise<boolean> {
    const { input, state, interruption, options } = this;
    this.total = await input.count(interruption);
    this.show();
    const urls = input.urls(interruption, (problem) => this.leaveOut(problem));
    for await (const chunk of chunksOf(state.notTaken(urls))) {
      while (options.at === undefined && state.open.length >= MOST_OPEN) await this.look();
      interruption.throwIfAborted();
      await this.order(chunk);
    }
    this.total = state.taken;
    while (!options.detach && state.open.length > 0) await this.look();
    state.remove();
    return this.summarise();
  }

  private async order(urls: readonly string[]): Promise<void> {
    const first = this.state.taken + 1;
    const { id, total, duplicates, rejected } = await this.taken(urls);
    const batch = total > 0 ? { id, total } : undefined;
    this.state.take({ urls, batch, rejected: rejected.length, duplicates });
    for (const { index, url, code, message } of rejected)
      this.tellRejected(first + index, url, code, message);
    if (this.output.json && batch !== undefined)
      this.output.event({ event: 'ordered', batch: id, total, duplicates, rejected: rejected.length });
    this.show();
  }

  /** An order that is on its way isn't interrupted: nobody would know of its batch. */
  private async taken(urls: readonly string[]): Promise<OrderedBatch> {
    const untilItsDeadline = new AbortController().signal;
    try {
      return await withPatience(
        () => this.gateway.orderWarms(urls, this.options.at, untilItsDeadline),
        this.interruption,
        { onPause: (pauseMs, { message }) => this.tellPause(pauseMs, message) },
      );
    } catch (error) {
      if (!(error instanceof GatewayRefused) || error.code !== 'EINVALURL') throw error;
      const { code, message } = error; // not one of them names a page
      return {
        id: '',
        total: 0,
        duplicates: 0,
        rejected: urls.map((url, index) => ({ index, url, code, message })),
      };
    }
  }

  /** Waits a while, and sees what has become of the oldest lists. */
  private async look(): Promise<void> {
    this.show();
    await pause(lookPauseMs(this.startedAt), undefined, { signal: this.interruption });
    for (const open of this.state.open.slice(0, MOST_OPEN)) {
      const { state, outcomes } = await this.batch(open);
      if (state === 'completed') this.complete(open.id, outcomes);
      else this.underWay.set(open.id, outcomes);
      this.show();
    }
  }

  private async batch({ id, total }: OpenBatch): Promise<Pick<Batch, 'state' | 'outcomes'>> {
    const { interruption } = this;
    try {
      return await withPatience(() => this.gateway.batch(id, interruption), interruption, {
        onPause: (pauseMs, { message }) => this.tellPause(pauseMs, message),
      });
    } catch (error) {
      if (!(error instanceof GatewayRefused) || error.status !== 404) throw error;
      return { state: 'completed', outcomes: { unknown: total } }; // taken up again so late that nobody knows any more
    }
  }

  private complete(id: string, outcomes: Batch['outcomes']): void {
    this.underWay.delete(id);
    this.state.complete(id, outcomes);
    if (this.output.json) this.output.event({ event: 'completed', batch: id, outcomes });
  }

  private leaveOut(problem: string): void {
    this.problems += 1;
    this.complain(`left out: ${printable(problem)}`);
    if (this.output.json) this.output.event({ event: 'left-out', message: problem });
  }

  /** @param place in the input, from 1 */
  private tellRejected(place: number, url: string, code: string, message: string): void {
    if (this.output.json) return this.output.event({ event: 'rejected', place, url, code, message });
    this.shown += 1;
    if (this.shown <= MOST_SHOWN) this.complain(`URL ${place}, ${printable(url)}: ${code}`);
    if (this.shown === MOST_SHOWN) this.complain('More of them are counted, and told by --json.');
  }

  private tellPause(pauseMs: number, message: string): void {
    this.complain(`${printable(message)} Trying again in ${Math.ceil(pauseMs / 1_000)} s.`);
  }

  private complain(line: string): void {
    this.display.clear();
    this.output.complain(line);
  }

  private show(): void {
    this.display.show(this.progress());
  }

  private progress(): Progress {
    const { rejected, duplicates, outcomes } = this.state.totals;
    const all = [outcomes, ...this.underWay.values()];
    const settled = all.reduce((sum, pages) => sum + sumOf(pages), 0);
    const successes = all.reduce((sum, { success = 0 }) => sum + success, 0);
    return {
      done: settled + rejected + duplicates,
      failed: settled - successes + rejected,
      total: this.total ?? this.state.taken,
      isTotalKnown: this.total !== undefined,
    };
  }

  private summarise(): boolean {
    this.display.clear();
    const { state, problems } = this;
    const { rejected, duplicates, outcomes } = state.totals;
    const open = state.open.reduce((sum, { total }) => sum + total, 0);
    const ordered = open + sumOf(outcomes); // a list that is completed has an outcome for each of its pages
    const summary = { urls: state.taken, ordered, open, outcomes, rejected, duplicates, leftOut: problems };
    if (this.output.json) this.output.event({ event: 'summary', ...summary });
    else
      this.output.result(
        [
          `${state.taken} URLs`,
          ...(open > 0 ? [`${ordered} ordered`] : []),
          ...Object.entries(outcomes).map(([outcome, pages]) => `${pages} ${outcome}`),
          ...(rejected > 0 ? [`${rejected} rejected`] : []),
          ...(duplicates > 0 ? [`${duplicates} named before`] : []),
          ...(problems > 0 ? [`${problems} sitemaps left out`] : []),
        ].join(', '),
      );
    return rejected === 0 && problems === 0 && sumOf(outcomes) === (outcomes['success'] ?? 0);
  }
}

function sumOf(outcomes: Readonly<Record<string, number>>): number {
  return Object.values(outcomes).reduce((sum, pages) => sum + pages, 0);
}
