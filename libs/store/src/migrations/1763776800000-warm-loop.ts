import type { MigrationInterface, QueryRunner } from 'typeorm';

export class WarmLoop1763776800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE preview ADD COLUMN fetched_for text NOT NULL DEFAULT 'scrape'`);

    // What is known of the demand for a key; `state` in the forecast's own form. Room in each page, as rows are written over and over.
    await runner.query(`
      CREATE TABLE demand (
        key uuid PRIMARY KEY,
        last_read_at bigint NOT NULL,
        heat real NOT NULL,
        state bytea NOT NULL
      ) WITH (fillfactor = 80)`);
    // Chunks that have been added: each counts once, however often it is handed over.
    await runner.query(`
      CREATE TABLE demand_chunk (
        id uuid NOT NULL,
        ended_at timestamptz NOT NULL,
        PRIMARY KEY (id, ended_at)
      ) PARTITION BY RANGE (ended_at)`);
    // Totals for pictures. Writers that meet at the same total have a slot each, so that none waits for the other.
    await runner.query(`
      CREATE TABLE minute_total (
        minute timestamptz NOT NULL,
        name text NOT NULL,
        slot smallint NOT NULL,
        amount float8 NOT NULL,
        PRIMARY KEY (minute, name, slot)
      ) PARTITION BY RANGE (minute)`);

    // One row a stored preview: when its copy expires, how long it lives, what fetching it costs; the period of freshness that
    // was decided upon last; and, while it waits to be warmed, what it is worth. Times in ms since the epoch.
    await runner.query(`
      CREATE TABLE warm_plan (
        key uuid PRIMARY KEY REFERENCES preview (key) ON DELETE CASCADE,
        version bigint NOT NULL,
        due_at bigint NOT NULL,
        ttl_ms bigint NOT NULL,
        cost real NOT NULL,
        period_from bigint,
        period_until bigint,
        period_warmed boolean,
        probability real,
        score real
      ) WITH (fillfactor = 80)`);
    await runner.query(`
      INSERT INTO warm_plan (key, version, due_at, ttl_ms, cost)
      SELECT key, version, floor(extract(epoch FROM fresh_until) * 1000),
        greatest(1, floor(extract(epoch FROM fresh_until - fetched_at) * 1000)), 1
      FROM preview WHERE preview IS NOT NULL AND outcome->>'kind' = 'success'`);
    await runner.query(`CREATE INDEX warm_plan_due ON warm_plan (due_at, key)`);
    await runner.query(`CREATE INDEX warm_plan_lapse ON warm_plan ((due_at + ttl_ms), key)`);
    await runner.query(`CREATE INDEX warm_plan_score ON warm_plan (score DESC) WHERE score IS NOT NULL`);

    // What people asked to have warm, by the batch: a list that came in at once, to be there at a time.
    await runner.query(`
      CREATE TABLE warm_batch (
        id uuid PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE warm_order (
        batch uuid NOT NULL REFERENCES warm_batch (id) ON DELETE CASCADE,
        position int NOT NULL,
        key uuid NOT NULL,
        url text NOT NULL,
        starts_at timestamptz NOT NULL,
        released_at timestamptz,
        outcome text,
        reason text,
        PRIMARY KEY (batch, position)
      )`);
    await runner.query(
      `CREATE INDEX warm_order_next ON warm_order (position, starts_at, batch) WHERE outcome IS NULL`,
    );

    // What the forecast has learned, and how far it has come. One row, whose lock is that of the whole loop.
    await runner.query(`
      CREATE TABLE forecast_model (
        id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
        learned jsonb,
        decided_until bigint NOT NULL DEFAULT 0,
        lapsed_until bigint NOT NULL DEFAULT 0,
        visits_since timestamptz NOT NULL DEFAULT date_trunc('minute', now()),
        visits_counted float8 NOT NULL DEFAULT 0,
        firsts_counted float8 NOT NULL DEFAULT 0,
        saved_at timestamptz
      )`);
    await runner.query(`INSERT INTO forecast_model DEFAULT VALUES`);

    // Who runs what must run once.
    await runner.query(
      `CREATE TABLE lease (name text PRIMARY KEY, holder uuid NOT NULL, until timestamptz NOT NULL)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'lease',
      'forecast_model',
      'warm_order',
      'warm_batch',
      'warm_plan',
      'minute_total',
      'demand_chunk',
      'demand',
    ])
      await runner.query(`DROP TABLE ${table}`);
    await runner.query(`ALTER TABLE preview DROP COLUMN fetched_for`);
  }
}
