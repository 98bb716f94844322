import type { PreviewKey } from './preview-key.js';

/** Most keys that are asked for at once: more would have all of them wait for a long answer. */
const MOST_AT_ONCE = 64;

/** Longest wait (ms) for those under way, which a slow answer must not make longer. */
const LONGEST_WAIT_MS = 1;

interface Reader<Value> {
  readonly resolve: (value: Value | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is asked for at the same time, and asks for it at once: one message and one deadline for all of it. That is what comes within one turn of the event loop, and, as long as there
 * are some under way, what comes until they are answered; so the more there is to do, the less each costs.
 */
export class GatheredReads<Value> {
  private keys: PreviewKey[] = [];
  private readers: Reader<Value>[] = [];
  private underWay = 0;
  private patience: NodeJS.Timeout | undefined;

  /** @param readMany values in the order of their keys */
  constructor(
    private readonly readMany: (keys: readonly PreviewKey[]) => Promise<readonly (Value | undefined)[]>,
  ) {}

  /** @throws what `readMany` throws */
  read(key: PreviewKey): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      if (this.keys.length === 0) this.askSoon();
      this.keys.push(key);
      this.readers.push({ resolve, reject });
      if (this.keys.length === MOST_AT_ONCE) this.ask();
    });
  }

  private askSoon(): void {
    if (this.underWay > 0) this.patience = setTimeout(() => this.ask(), LONGEST_WAIT_MS);
    // Not at the end of this task: each request that comes is a task of its own.
    else setImmediate(() => this.ask());
  }

  private ask(): void {
    const { keys, readers } = this;
    if (keys.length === 0) return; // there were so many that they have been asked for
    [this.keys, this.readers] = [[], []];
    clearTimeout(this.patience);
    this.underWay += 1;
    this.readMany(keys)
      .finally(() => this.answered())
      .then(
        (values) => readers.forEach(({ resolve }, place) => resolve(values[place])),
        (error: unknown) => readers.forEach(({ reject }) => reject(error)),
      );
  }

  private answered(): void {
    this.underWay -= 1;
    this.ask();
  }
}
