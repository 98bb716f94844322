import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { PreviewKey } from '#libs/preview';
import { IN_SCOPE, partsOf, type PurgeScope } from './purge-scope.js';
import { LOCK_ALONE } from './store-lock.js';

const NOTE = `
INSERT INTO purge (scope, version) VALUES ($1, nextval('preview_version'))
ON CONFLICT (scope) DO UPDATE SET version = excluded.version
RETURNING version`;

/**
 * Takes previews out of Postgres, in three steps so that a purge can be repeated at whichever it broke off: it is noted, what it names is
 * read, and, when the tiers above know, removed.
 */
@Injectable()
export class PreviewPurger {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Notes a purge. From then on no scrape that began before it is stored, and none that begins goes by what it names.
   *
   * @returns the version below which everything in its scope is void; all that was stored before has a smaller one
   */
  async note(scope: PurgeScope): Promise<number> {
    return this.dataSource.transaction(async (transaction) => {
      await transaction.query(LOCK_ALONE);
      // Drawn under the lock: a save that didn't see the note can't have a higher version.
      const [row]: readonly { version: string }[] = await transaction.query(NOTE, [scope]);
      return Number(row?.version);
    });
  }

  /** Keys that a purge names; one by key names it whether or not it is stored, as a cache may hold it all the same. */
  async keysBelow(scope: PurgeScope, version: number): Promise<readonly PreviewKey[]> {
    const [kind, name] = partsOf(scope);
    if (kind === 'key') return [name as PreviewKey];
    const rows: readonly { key: string }[] = await this.dataSource.query(
      `SELECT key FROM preview WHERE ${IN_SCOPE[kind]} AND version < $2`,
      [name, version],
    );
    return rows.map(({ key }) => key as PreviewKey);
  }

  async removeBelow(scope: PurgeScope, version: number): Promise<void> {
    const [kind, name] = partsOf(scope);
    await this.dataSource.query(`DELETE FROM preview WHERE ${IN_SCOPE[kind]} AND version < $2`, [
      name,
      version,
    ]);
  }
}
