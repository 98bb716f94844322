import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ApiKeys1764036000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Of a secret there is only its digest, which is what it is looked for by.
    await runner.query(`
      CREATE TABLE api_key (
        id uuid PRIMARY KEY,
        digest bytea NOT NULL UNIQUE,
        name text NOT NULL,
        role text NOT NULL,
        ending text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE api_key`);
  }
}
