import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { PreviewKey } from '#libs/preview';
import type { PurgeScope } from './purge-scope.js';
import { STORE_LOCK } from './preview-store-writer.js';

/** What a purge removed. */
export interface Purged {
  /** No older version of these keys may be shown any more. */
  readonly version: number;
  readonly keys: readonly PreviewKey[];
}

const NOTE = `
INSERT INTO purge (scope, version) VALUES ($1, nextval('preview_version'))
ON CONFLICT (scope) DO UPDATE SET version = excluded.version
RETURNING version`;

const CONDITION: Readonly<Record<string, string>> = {
  key: 'key = $1::uuid',
  host: 'host = $1',
  tag: 'tags @> ARRAY[$1]',
};

/** Removes previews from Postgres, so that neither a running scrape nor a late writer brings them back. */
@Injectable()
export class PreviewPurger {
  constructor(private readonly dataSource: DataSource) {}

  async purge(scope: PurgeScope): Promise<Purged> {
    // Noted and committed first: who begins to save from now on sees it.
    const [note]: readonly { version: string }[] = await this.dataSource.query(NOTE, [scope]);
    const version = Number(note?.version);
    const kind = scope.slice(0, scope.indexOf(':'));
    const name = scope.slice(kind.length + 1);
    const rows = await this.dataSource.transaction(async (transaction) => {
      // Those who looked before have the lock shared; once we have had it alone, they are done, and their rows can be seen.
      await transaction.query('SELECT pg_advisory_xact_lock($1)', [STORE_LOCK]);
      const deleted: [{ key: string }[], number] = await transaction.query(
        `DELETE FROM preview WHERE ${CONDITION[kind]} AND version < $2 RETURNING key`,
        [name, version],
      );
      return deleted[0];
    });
    const named = kind === 'key' ? [name as PreviewKey] : [];
    return { version, keys: [...new Set([...named, ...rows.map(({ key }) => key as PreviewKey)])] };
  }
}
