import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type PreviewEntry, type PreviewKey, withinDeadline } from '#libs/preview';
import { toEntry } from './preview-entry-row.js';
import { PreviewRow } from './preview.entity.js';

export interface StoreReaderOptions {
  /** Longest wait for one read, in ms. */
  readonly deadlineMs: number;
}

/** Reads previews from Postgres, the truth. */
@Injectable()
export class PreviewStoreReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: StoreReaderOptions,
  ) {}

  /** @throws when Postgres is away, or slower than the deadline. */
  async find(key: PreviewKey): Promise<PreviewEntry | undefined> {
    const rows = this.dataSource.getRepository(PreviewRow);
    const row = await withinDeadline(rows.findOneBy({ key }), this.options.deadlineMs, 'Postgres read');
    return row === null ? undefined : toEntry(row);
  }

  /** Resolves when Postgres answers in time. */
  async ping(): Promise<void> {
    await withinDeadline(this.dataSource.query('SELECT 1'), this.options.deadlineMs, 'Postgres ping');
  }
}
