import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { digestOf, endingOf, newApiKeySecret } from './api-key-secret.js';
import { poolOf, runPrepared } from './prepared.js';

/** A key as it can be shown to people. Times in ms since the epoch. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** What it stands for; the gateway knows the words. */
  readonly role: string;
  /** The last characters of its secret. */
  readonly ending: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** What a secret that is presented stands for. */
export type ActiveKey = Pick<ApiKey, 'id' | 'name' | 'role'>;

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly ending: string;
  readonly created_at: Date;
  readonly revoked_at: Date | null;
}

const COLUMNS = 'id, name, role, ending, created_at, revoked_at';

const FIND_ACTIVE = {
  name: 'find_active_keys',
  sql: `SELECT digest, id, name, role FROM api_key WHERE digest = ANY($1::bytea[]) AND revoked_at IS NULL`,
};

/** Most keys that a list shows. */
const LONGEST_LIST = 1_000;

/** Keys of callers. A secret is told once, when its key is made: from then on nobody knows it but its holder. */
@Injectable()
export class ApiKeys {
  constructor(private readonly dataSource: DataSource) {}

  async create({ name, role }: Pick<ApiKey, 'name' | 'role'>): Promise<ApiKey & { readonly secret: string }> {
    const secret = newApiKeySecret();
    const [row]: readonly KeyRow[] = await this.dataSource.query(
      `INSERT INTO api_key (id, digest, name, role, ending) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
      [randomUUID(), digestOf(secret), name, role, endingOf(secret)],
    );
    return { ...toKey(row!), secret };
  }

  /** The newest first, revoked ones too; a thousand at the most. */
  async list(): Promise<readonly ApiKey[]> {
    const rows: readonly KeyRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM api_key ORDER BY created_at DESC, id LIMIT ${LONGEST_LIST}`,
    );
    return rows.map(toKey);
  }

  /**
   * For good; of one that is revoked already the first time stays.
   *
   * @returns undefined where there is no such key
   */
  async revoke(id: string): Promise<ApiKey | undefined> {
    const [rows]: [readonly KeyRow[], number] = await this.dataSource.query(
      `UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING ${COLUMNS}`,
      [id],
    );
    return rows[0] && toKey(rows[0]);
  }

  /** Those of these secrets that a key stands behind. */
  async findActive(secrets: readonly string[]): Promise<ReadonlyMap<string, ActiveKey>> {
    const secretOf = new Map(secrets.map((secret) => [digestOf(secret).toString('hex'), secret]));
    const digests = [...secretOf.keys()].map((digest) => Buffer.from(digest, 'hex'));
    const rows = await runPrepared<ActiveKey & { readonly digest: Buffer }>(
      poolOf(this.dataSource),
      FIND_ACTIVE,
      [digests],
    );
    return new Map(rows.map(({ digest, ...key }) => [secretOf.get(digest.toString('hex'))!, key]));
  }
}

function toKey({ created_at, revoked_at, ...row }: KeyRow): ApiKey {
  return { ...row, createdAt: created_at.getTime(), revokedAt: revoked_at?.getTime() ?? null };
}
