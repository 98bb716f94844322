import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex, dropIndex } from './build-index.js';

/** The stored pages of a host in the order of their keys. Apart from what it was made for, as the table may be large: it is written while this is built. */
export class HostIndex1764298800000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await buildIndex(runner, 'preview_host_key', 'preview (host, key)');
    await dropIndex(runner, 'preview_host');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX preview_host ON preview (host)`);
    await runner.query(`DROP INDEX preview_host_key`);
  }
}
