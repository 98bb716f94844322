import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { GatheredReads, type PreviewEntry, type PreviewKey, withinDeadline } from '#libs/preview';
import { poolOf, runPrepared } from './prepared.js';
import { ENTRY_COLUMNS, type EntryRow, toEntry } from './preview-entry-row.js';

export interface StoreReaderOptions {
  /** Longest wait for one read, in ms. */
  readonly deadlineMs: number;
}

const FIND = {
  name: 'find_previews',
  sql: `SELECT ${ENTRY_COLUMNS} FROM preview v WHERE v.key = ANY($1::uuid[])`,
};

/** Reads previews from Postgres, the truth. Reads that come together are one statement. */
@Injectable()
export class PreviewStoreReader {
  private readonly reads = new GatheredReads((keys) => this.findAll(keys));

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: StoreReaderOptions,
  ) {}

  /** @throws when Postgres is away, or slower than the deadline. */
  find(key: PreviewKey): Promise<PreviewEntry | undefined> {
    return this.reads.read(key);
  }

  /**
   * Many at once, by one statement however many they are.
   *
   * @returns entries in the order of their keys
   * @throws as `find`
   */
  async findAll(keys: readonly PreviewKey[]): Promise<readonly (PreviewEntry | undefined)[]> {
    const finding = runPrepared<EntryRow>(poolOf(this.dataSource), FIND, [`{${keys.join(',')}}`]);
    const rows = await withinDeadline(finding, this.options.deadlineMs, 'Postgres read');
    const found = new Map(rows.map((row) => [row.key, row]));
    return keys.map((key) => {
      const row = found.get(key);
      return row && toEntry(row);
    });
  }

  /** Resolves when Postgres answers in time. */
  async ping(): Promise<void> {
    await withinDeadline(this.dataSource.query('SELECT 1'), this.options.deadlineMs, 'Postgres ping');
  }
}
