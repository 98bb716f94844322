import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { isApiKeySecret, newApiKeySecret } from './api-key-secret.js';
import { ApiKeys } from './api-keys.js';
import { dataSourceOptions } from './data-source.js';
import { migrate } from './migrate.js';

let dataSource: DataSource;
let keys: ApiKeys;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 2)).initialize();
  await migrate(dataSource);
  keys = new ApiKeys(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(() => dataSource.query('DELETE FROM api_key'));

describe('a key', () => {
  test('is found by the secret that was told when it was made, and shown by the end of that', async () => {
    const { secret, ...key } = await keys.create({ name: 'the newsletter', role: 'writer' });
    expect(isApiKeySecret(secret)).toBe(true);
    expect(key).toMatchObject({ name: 'the newsletter', role: 'writer', revokedAt: null });
    expect(secret.endsWith(key.ending)).toBe(true);
    expect(await keys.findActive([newApiKeySecret(), secret])).toEqual(
      new Map([[secret, { id: key.id, name: 'the newsletter', role: 'writer' }]]),
    );
    expect(await keys.list()).toEqual([key]);
  });

  test('leaves nothing of its secret in the database but the end and a digest', async () => {
    const { secret } = await keys.create({ name: 'x', role: 'reader' });
    const [{ row }]: [{ row: string }] = await dataSource.query('SELECT k::text AS row FROM api_key k');
    expect(row).not.toContain(secret.slice(0, -4));
    expect(row).not.toContain(Buffer.from(secret).toString('hex'));
  });

  test('that is revoked is found no more, and stays on the list with the time of that', async () => {
    const { id, secret } = await keys.create({ name: 'x', role: 'reader' });
    const revoked = await keys.revoke(id);
    expect(revoked?.revokedAt).toEqual(expect.any(Number));
    expect(await keys.revoke(id)).toEqual(revoked);
    expect((await keys.findActive([secret])).size).toBe(0);
    expect(await keys.list()).toEqual([revoked]);
  });

  test('that never was is not revoked', async () => {
    expect(await keys.revoke(randomUUID())).toBeUndefined();
  });

  test('is looked for by an index', async () => {
    await dataSource.query('SET enable_seqscan = off');
    const plan: readonly object[] = await dataSource.query(
      `EXPLAIN SELECT id FROM api_key WHERE digest = ANY(ARRAY['\\x00'::bytea]) AND revoked_at IS NULL`,
    );
    expect(JSON.stringify(plan)).toContain('api_key_digest_key');
  });
});
