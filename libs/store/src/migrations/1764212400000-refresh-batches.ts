import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Batches that refresh, and batches that name their pages by a scope; defaults say what those before it were, and what writers of the version before it mean. */
export class RefreshBatches1764212400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // `beyond`: a refresh is done by what was visited after this version. `scope`: what is stored of it is listed bit by bit, in the order of keys, up to `listed_to`.
    await runner.query(`
      ALTER TABLE warm_batch
        ADD COLUMN reason text NOT NULL DEFAULT 'warm',
        ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
        ADD COLUMN beyond bigint,
        ADD COLUMN scope text,
        ADD COLUMN listed int NOT NULL DEFAULT 0,
        ADD COLUMN listed_to uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        ADD COLUMN is_listed boolean NOT NULL DEFAULT true`);
    await runner.query(
      `CREATE INDEX warm_batch_unlisted ON warm_batch (listed, created_at) WHERE NOT is_listed`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX warm_batch_unlisted`);
    await runner.query(`
      ALTER TABLE warm_batch DROP COLUMN reason, DROP COLUMN tags, DROP COLUMN beyond, DROP COLUMN scope, DROP COLUMN listed, DROP COLUMN listed_to,
        DROP COLUMN is_listed`);
  }
}
