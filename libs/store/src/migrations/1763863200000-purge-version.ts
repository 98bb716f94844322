import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PurgeVersion1763863200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Each scrape begins with a look at the newest purge.
    await runner.query(`CREATE INDEX purge_version ON purge (version)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX purge_version`);
  }
}
