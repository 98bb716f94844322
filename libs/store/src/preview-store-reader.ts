import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type PreviewEntry, type PreviewKey, withinDeadline } from '#libs/preview';
import { poolOf, runPrepared } from './prepared.js';
import { ENTRY_COLUMNS, type EntryRow, toEntry } from './preview-entry-row.js';

export interface StoreReaderOptions {
  /** Longest wait for one read, in ms. */
  readonly deadlineMs: number;
}

const FIND = {
  name: 'find_preview',
  sql: `SELECT ${ENTRY_COLUMNS} FROM preview v WHERE v.key = $1`,
};

/** Reads previews from Postgres, the truth. */
@Injectable()
export class PreviewStoreReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: StoreReaderOptions,
  ) {}

  /** @throws when Postgres is away, or slower than the deadline. */
  async find(key: PreviewKey): Promise<PreviewEntry | undefined> {
    const found = runPrepared<EntryRow>(poolOf(this.dataSource), FIND, [key]);
    const [row] = await withinDeadline(found, this.options.deadlineMs, 'Postgres read');
    return row && toEntry(row);
  }

  /** Resolves when Postgres answers in time. */
  async ping(): Promise<void> {
    await withinDeadline(this.dataSource.query('SELECT 1'), this.options.deadlineMs, 'Postgres ping');
  }
}
