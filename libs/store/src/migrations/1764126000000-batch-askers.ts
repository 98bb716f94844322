import type { MigrationInterface, QueryRunner } from 'typeorm';

export class BatchAskers1764126000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // For people who look at the queue. Null: from before there was this column, or by a gateway that doesn't know it yet.
    await runner.query(`ALTER TABLE warm_batch ADD COLUMN asked_by text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE warm_batch DROP COLUMN asked_by`);
  }
}
