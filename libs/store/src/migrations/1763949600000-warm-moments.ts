import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A decision may be put off from a copy's expiry to a later moment. Nulls say that nothing of the kind was decided, so that writers of the version
 * before this one leave rows that are right.
 */
export class WarmMoments1763949600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE warm_plan
        ADD COLUMN host text,
        ADD COLUMN moment_at bigint,
        ADD COLUMN moment_kind text,
        ADD COLUMN period_kind text`);
    await runner.query(`DROP INDEX warm_plan_due`);
    await runner.query(`CREATE INDEX warm_plan_due ON warm_plan ((coalesce(moment_at, due_at)), key)`);
    await runner.query(`DROP INDEX warm_plan_lapse`);
    await runner.query(`
      CREATE INDEX warm_plan_lapse ON warm_plan (
        (CASE WHEN period_from >= due_at THEN period_until ELSE coalesce(moment_at, due_at) + ttl_ms END), key)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX warm_plan_due`);
    await runner.query(`DROP INDEX warm_plan_lapse`);
    await runner.query(`
      ALTER TABLE warm_plan DROP COLUMN host, DROP COLUMN moment_at, DROP COLUMN moment_kind, DROP COLUMN period_kind`);
    await runner.query(`CREATE INDEX warm_plan_due ON warm_plan (due_at, key)`);
    await runner.query(`CREATE INDEX warm_plan_lapse ON warm_plan ((due_at + ttl_ms), key)`);
  }
}
