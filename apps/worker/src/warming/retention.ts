import { UnreadRows, type UnreadTable, WarmLedger } from '#libs/store';
import { Logger } from '#libs/telemetry';
import { LATEST_CHUNK_MS } from './roll-up.js';

/** Times in ms. */
export interface RetentionOptions {
  /** How long a page is kept, with what is known of its demand, that is neither read nor visited. */
  readonly unreadMs: number;
  /** How long totals are kept. */
  readonly totalsMs: number;
}

/** How often old days are dropped, in ms; and the pause between two walks through all rows. */
const DROP_DAYS_EVERY_MS = 3_600_000;
const WALK_EVERY_MS = 6 * 3_600_000;

/** How long after its time a list can be asked about, in ms; what isn't warm by then is given up. */
const KEEP_BATCHES_MS = 7 * 86_400_000;

/** Rows that a round looks at. */
const ROWS = 2_000;

const TABLES: readonly UnreadTable[] = ['preview', 'demand'];

/** Lets go of what is old, a little in each round of the loop: a million pages are walked through in some ten minutes. */
export class Retention {
  private daysDroppedAt = Number.NEGATIVE_INFINITY;
  private walkEndedAt = Number.NEGATIVE_INFINITY;
  /** Where the walk is: the first of these tables, after this key. */
  private left: readonly UnreadTable[] = [];
  private cursor: string | undefined;
  private dropped = 0;

  constructor(
    private readonly ledger: WarmLedger,
    private readonly rows: UnreadRows,
    private readonly logger: Logger,
    private readonly options: RetentionOptions,
  ) {}

  /** @param now ms since the epoch */
  async round(now: number): Promise<void> {
    await this.walk(now);
    await this.dropDays(now);
  }

  private async walk(now: number): Promise<void> {
    if (this.left.length === 0) {
      if (now - this.walkEndedAt < WALK_EVERY_MS) return;
      this.left = TABLES;
    }
    const [table, ...others] = this.left;
    const step = await this.rows.drop(table!, now - this.options.unreadMs, this.cursor, ROWS);
    this.cursor = step.cursor;
    this.dropped += step.dropped;
    if (step.cursor !== undefined) return;
    this.left = others;
    if (others.length > 0) return;
    this.walkEndedAt = now;
    if (this.dropped > 0) this.logger.info('what nobody reads is dropped', { rows: this.dropped });
    this.dropped = 0;
  }

  private async dropDays(now: number): Promise<void> {
    if (now - this.daysDroppedAt < DROP_DAYS_EVERY_MS) return;
    this.daysDroppedAt = now;
    const dropped = await this.ledger.dropBefore({
      chunks: now - 2 * LATEST_CHUNK_MS,
      totals: now - this.options.totalsMs,
      batches: now - KEEP_BATCHES_MS,
    });
    if (dropped.length > 0) this.logger.info('old days are dropped', { dropped });
  }
}
