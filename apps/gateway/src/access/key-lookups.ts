import { type ActiveKey, type ApiKeys } from '#libs/store';
import { StoresUnavailable, withinDeadline } from '#libs/preview';

/** Most secrets in one question to Postgres, and most that wait for the next. */
const BATCH = 500;
const MOST_WAITING = 5_000;

interface Waiting {
  readonly answer: Promise<ActiveKey | undefined>;
  readonly settle: (key: ActiveKey | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Looks for keys in Postgres: one question at a time, with all secrets that were presented since the last. However many are guessed, Postgres sees no more
 * than that.
 */
export class KeyLookups {
  private waiting = new Map<string, Waiting>();
  private isAsking = false;

  /** @param deadlineMs longest wait for one question */
  constructor(
    private readonly keys: Pick<ApiKeys, 'findActive'>,
    private readonly deadlineMs: number,
  ) {}

  /**
   * @returns undefined for a secret that nobody holds
   * @throws {StoresUnavailable} when Postgres doesn't answer in time, or too many ask
   */
  async find(secret: string): Promise<ActiveKey | undefined> {
    const joined = this.waiting.get(secret);
    if (joined !== undefined) return joined.answer;
    if (this.waiting.size >= MOST_WAITING) throw new StoresUnavailable();
    const lookup = promised();
    this.waiting.set(secret, lookup);
    if (!this.isAsking) void this.workOff();
    return lookup.answer;
  }

  private async workOff(): Promise<void> {
    this.isAsking = true;
    for (let batch = this.nextBatch(); batch.size > 0; batch = this.nextBatch()) await this.ask(batch);
    this.isAsking = false;
  }

  private nextBatch(): ReadonlyMap<string, Waiting> {
    const batch = new Map([...this.waiting].slice(0, BATCH));
    for (const secret of batch.keys()) this.waiting.delete(secret);
    return batch;
  }

  private async ask(batch: ReadonlyMap<string, Waiting>): Promise<void> {
    try {
      const asked = this.keys.findActive([...batch.keys()]);
      const found = await withinDeadline(asked, this.deadlineMs, 'looking for keys');
      for (const [secret, { settle }] of batch) settle(found.get(secret));
    } catch (error) {
      for (const { fail } of batch.values()) fail(new StoresUnavailable({ cause: error }));
    }
  }
}

function promised(): Waiting {
  let settle!: Waiting['settle'];
  let fail!: Waiting['fail'];
  const answer = new Promise<ActiveKey | undefined>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return { answer, settle, fail };
}
