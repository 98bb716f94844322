import { afterEach, describe, expect, test } from '@jest/globals';
import { DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from 'typeorm';
import { freshDatabase } from '../../../../test/support/test-servers.js';
import { dataSourceOptions } from '../data-source.js';
import { migrate } from '../migrate.js';
import { QUIET } from '../quiet-logger.js';

type Migration = new () => MigrationInterface;

/** These build indexes of tables that were there while nobody may write them: before anybody ran it, or where a table is small. */
const BEFORE_THE_RULE = [
  'ScrapeMemory1763690400000',
  'PurgeVersion1763863200000',
  'WarmMoments1763949600000',
];
const SMALL = ['RefreshBatches1764212400000']; // a row a list

interface Column {
  readonly type: string;
  readonly isRequired: boolean;
  readonly hasDefault: boolean;
}

/** Of the tables, all that a statement of whoever knows them may lean on. */
interface Schema {
  readonly columns: ReadonlyMap<string, Column>;
  /** What rows have to fulfil, and what `ON CONFLICT` may name. */
  readonly rules: ReadonlySet<string>;
}

const ours = dataSourceOptions('', 1) as DataSourceOptions & { readonly migrations: readonly Migration[] };

const open: DataSource[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.destroy();
});

async function schemaOf(dataSource: DataSource): Promise<Schema> {
  const columns = await dataSource.query<readonly (Column & { readonly name: string })[]>(
    `SELECT relname || '.' || attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS "isRequired",
       atthasdef OR attidentity <> '' AS "hasDefault"
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S') AND attnum > 0 AND NOT attisdropped`,
  );
  const rules = await dataSource.query<readonly { readonly rule: string }[]>(
    `SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) AS rule FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
     UNION SELECT indrelid::regclass || ': ' || regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \\S+ ', '') FROM pg_index
     JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace AND indisunique`,
  );
  return {
    columns: new Map(columns.map(({ name, ...column }) => [name, column])),
    rules: new Set(rules.map(({ rule }) => rule)),
  };
}

/** What a statement that was right before might meet after. */
function takenFrom(before: Schema, after: Schema): readonly string[] {
  const found: string[] = [];
  const tables = new Set([...before.columns.keys()].map((name) => name.split('.')[0]!));
  for (const [name, was] of before.columns) {
    const is = after.columns.get(name);
    if (is === undefined) found.push(`${name} is gone`);
    else if (is.type !== was.type) found.push(`${name} is of another type`);
    else if (is.isRequired && !was.isRequired) found.push(`${name} is required`);
    else if (was.hasDefault && !is.hasDefault) found.push(`${name} has no default`);
  }
  for (const [name, { isRequired, hasDefault }] of after.columns)
    if (!before.columns.has(name) && tables.has(name.split('.')[0]!) && isRequired && !hasDefault)
      found.push(`${name} is new, and required`);
  for (const rule of before.rules) if (!after.rules.has(rule)) found.push(`without ${rule}`);
  for (const rule of after.rules)
    if (!before.rules.has(rule) && tables.has(rule.split(':')[0]!)) found.push(`new ${rule}`);
  return found;
}

/** Runs migrations one after the other on an empty database, and says what each takes from who knows the schema before it. */
async function taken(migrations: readonly Migration[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const url = await freshDatabase();
  const found: Record<string, readonly string[]> = {};
  let before: Schema = { columns: new Map(), rules: new Set() };
  for (const [place, migration] of migrations.entries()) {
    const statements: string[] = [];
    const dataSource = await new DataSource({
      ...dataSourceOptions(url, 2),
      migrations: migrations.slice(0, place + 1),
      logger: { ...QUIET, logQuery: (statement: string) => statements.push(statement) },
    }).initialize();
    open.push(dataSource);
    expect(await migrate(dataSource)).toEqual([migration.name]);
    const after = await schemaOf(dataSource);
    const problems = [...takenFrom(before, after), ...holdingUp(statements, before)];
    if (problems.length > 0) found[migration.name] = problems;
    before = after;
  }
  return found;
}

/** Indexes for which writers of a table that was there have to wait. */
function holdingUp(statements: readonly string[], before: Schema): readonly string[] {
  const tables = new Set([...before.columns.keys()].map((name) => name.split('.')[0]!));
  return statements.flatMap((statement) => {
    const [, how, table] = /CREATE (?:UNIQUE )?INDEX( CONCURRENTLY)? .*?\bON (\w+)/s.exec(statement) ?? [];
    return table !== undefined && how === undefined && tables.has(table)
      ? [`an index holds up ${table}`]
      : [];
  });
}

/** A migration of these statements. */
function aMigration(place: number, ...statements: readonly string[]): Migration {
  const name = `Later${1_999_999_999_000 + place}`;
  const migration = class implements MigrationInterface {
    readonly name = name;
    async up(runner: QueryRunner): Promise<void> {
      for (const statement of statements) await runner.query(statement);
    }
    async down(): Promise<void> {}
  };
  Object.defineProperty(migration, 'name', { value: name });
  return migration;
}

describe('migrations', () => {
  test('leave what the version before them reads and writes as it was, and hold up no writer', async () => {
    const found = await taken(ours.migrations);
    for (const name of [...BEFORE_THE_RULE, ...SMALL]) {
      expect(found[name]?.every((problem) => problem.startsWith('an index holds up'))).toBe(true);
      delete (found as Record<string, unknown>)[name];
    }
    expect(found).toEqual({});
  });

  test.each([
    ['ALTER TABLE page DROP COLUMN title', ['page.title is gone']],
    ['ALTER TABLE page RENAME title TO name', ['page.title is gone']],
    ['ALTER TABLE page RENAME TO pages', ['page.id is gone', 'page.title is gone', 'page.reads is gone']],
    ['ALTER TABLE page ALTER title TYPE varchar(9)', ['page.title is of another type']],
    ['ALTER TABLE page ALTER title SET NOT NULL', ['page.title is required']],
    ['ALTER TABLE page ALTER reads DROP DEFAULT', ['page.reads has no default']],
    ['ALTER TABLE page ADD later int NOT NULL', ['page.later is new, and required']],
    ['ALTER TABLE page ADD CHECK (reads > 0)', ['new page: CHECK ((reads > 0))']],
    ['ALTER TABLE page DROP CONSTRAINT page_pkey', ['without page: PRIMARY KEY (id)']],
    ['CREATE UNIQUE INDEX one ON page (title)', ['an index holds up page']],
    ['CREATE INDEX one ON page (title)', ['an index holds up page']],
    ['ALTER TABLE page ADD later int NOT NULL DEFAULT 0', []],
    ['ALTER TABLE page ADD later text; CREATE TABLE other (id int PRIMARY KEY)', []],
  ])('… of which %s says %j', async (statement, problems) => {
    const table = 'CREATE TABLE page (id int PRIMARY KEY, title text, reads int NOT NULL DEFAULT 0)';
    const [first, second] = [aMigration(0, table), aMigration(1, statement)];
    const found = await taken([first, second]);
    expect(found[second.name] ?? []).toEqual(expect.arrayContaining(problems));
    expect(Object.keys(found)).toHaveLength(Math.min(problems.length, 1));
  });
});
