import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Previews1763683200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // One sequence for all keys: a version says which of two copies is newer, and never comes back, even after a purge.
    await runner.query(`CREATE SEQUENCE preview_version AS bigint`);
    await runner.query(`
      CREATE TABLE preview (
        key uuid PRIMARY KEY,
        version bigint NOT NULL,
        url text NOT NULL,
        host text NOT NULL,
        fetch_url text NOT NULL,
        preview jsonb,
        outcome jsonb NOT NULL,
        facets jsonb NOT NULL DEFAULT '{}',
        tags text[] NOT NULL DEFAULT '{}',
        fetched_at timestamptz NOT NULL,
        fresh_until timestamptz NOT NULL,
        stale_until timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX preview_host ON preview (host)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE preview`);
    await runner.query(`DROP SEQUENCE preview_version`);
  }
}
