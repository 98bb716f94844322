import { createHash, type Hash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from '../usage.js';

const count = z.int().nonnegative();
const counts = z.record(z.string(), count);

const stateSchema = z.object({
  /** Of what was begun: what is begun otherwise is another run. */
  gateway: z.string(),
  at: z.string().nullable(),
  /** URLs that were ordered, in the input's order, and a SHA-256 of them, each with a line feed. */
  taken: count,
  digest: z.string(),
  rejected: count,
  duplicates: count,
  /** Batches that aren't known to be complete, and how many pages they have. */
  open: z.array(z.object({ id: z.string(), total: count })),
  /** Of batches that are: pages by outcome. */
  outcomes: counts,
});

type State = z.output<typeof stateSchema>;

/** What a run is of. */
export type WarmIdentity = Pick<State, 'gateway' | 'at'>;

/** A batch that was ordered. */
export type OpenBatch = State['open'][number];

/** What a list came to when it was ordered; no batch where none of its URLs named a page. */
export interface TakenChunk {
  readonly urls: readonly string[];
  readonly batch: OpenBatch | undefined;
  readonly rejected: number;
  readonly duplicates: number;
}

/** How far a run is: in memory, and after each step in a file, by which the next run goes on. Its size grows with the open batches alone. */
export class WarmState {
  private readonly hash: Hash = createHash('sha256');

  private constructor(
    private readonly state: State,
    private readonly file: string | undefined,
    /** Whether another run left off here. */
    readonly isResumed: boolean,
  ) {}

  /**
   * @param file undefined: it is kept nowhere
   * @throws {UsageError} when the file is of another run, or of something else altogether
   */
  static open(identity: WarmIdentity, file: string | undefined, restart: boolean): WarmState {
    const isThere = file !== undefined && !restart && existsSync(file);
    if (!isThere) return new WarmState({ ...identity, ...NOTHING_YET() }, file, false);
    const state = readState(file);
    if (state.gateway !== identity.gateway || state.at !== identity.at)
      throw anotherRun(file, `was begun with the gateway ${state.gateway}, and ${state.at ?? 'no'} --at`);
    return new WarmState(state, file, true);
  }

  get taken(): number {
    return this.state.taken;
  }

  get open(): readonly OpenBatch[] {
    return this.state.open;
  }

  get totals(): Readonly<Pick<State, 'rejected' | 'duplicates' | 'outcomes'>> {
    return this.state;
  }

  /**
   * Leaves out what an earlier run has ordered.
   *
   * @throws {UsageError} when that isn't how the input begins: it isn't the same, or has changed
   */
  async *notTaken(urls: AsyncIterable<string>): AsyncGenerator<string> {
    const { taken, digest } = this.state;
    let seen = 0;
    for await (const url of urls) {
      if (seen >= taken) {
        yield url;
        continue;
      }
      this.hash.update(`${url}\n`);
      seen += 1;
      if (seen === taken && this.digest() !== digest) break;
    }
    if (taken > 0 && (seen < taken || this.state.digest !== this.digest()))
      throw anotherRun(this.file!, 'is of an input that began otherwise');
  }

  take({ urls, batch, rejected, duplicates }: TakenChunk): void {
    for (const url of urls) this.hash.update(`${url}\n`);
    this.state.taken += urls.length;
    this.state.digest = this.digest();
    this.state.rejected += rejected;
    this.state.duplicates += duplicates;
    if (batch !== undefined) this.state.open.push(batch);
    this.save();
  }

  complete(id: string, outcomes: Readonly<Record<string, number>>): void {
    this.state.open = this.state.open.filter((batch) => batch.id !== id);
    for (const [outcome, pages] of Object.entries(outcomes))
      this.state.outcomes[outcome] = (this.state.outcomes[outcome] ?? 0) + pages;
    this.save();
  }

  /** There is nothing left to go on with. */
  remove(): void {
    if (this.file !== undefined) rmSync(this.file, { force: true });
  }

  /** Written aside and put in place in one step: whoever is killed here leaves the state before, or this one. */
  private save(): void {
    if (this.file === undefined) return;
    const aside = `${this.file}.${process.pid}`;
    writeFileSync(aside, `${JSON.stringify(this.state)}\n`);
    renameSync(aside, this.file);
  }

  private digest(): string {
    return this.hash.copy().digest('hex');
  }
}

const NOTHING_YET = () => ({ taken: 0, digest: '', rejected: 0, duplicates: 0, open: [], outcomes: {} });

function readState(file: string): State {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new UsageError(`${file} is there, and is no state of a run: --state FILE names another.`);
  }
}

function anotherRun(file: string, what: string): UsageError {
  return new UsageError(`${file} ${what}. --restart begins anew; --state FILE keeps another run apart.`);
}
