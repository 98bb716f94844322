import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ScrapeMemory1763690400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE preview ADD COLUMN memory jsonb`);
    await runner.query(`CREATE TABLE host_experience (host text PRIMARY KEY, weights float8[] NOT NULL)`);
    // What was purged, and when on the scale of versions: nothing that started before it may be stored after it.
    await runner.query(`CREATE TABLE purge (scope text PRIMARY KEY, version bigint NOT NULL)`);
    await runner.query(`CREATE INDEX preview_tags ON preview USING gin (tags)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX preview_tags`);
    await runner.query(`DROP TABLE purge`);
    await runner.query(`DROP TABLE host_experience`);
    await runner.query(`ALTER TABLE preview DROP COLUMN memory`);
  }
}
