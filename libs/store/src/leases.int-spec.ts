import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { freshDatabase } from '../../../test/support/test-servers.js';
import { dataSourceOptions } from './data-source.js';
import { Leases } from './leases.js';
import { migrate } from './migrate.js';

const HOUR = 3_600_000;
const [ONE, OTHER] = [randomUUID(), randomUUID()];

let dataSource: DataSource;
let leases: Leases;

beforeAll(async () => {
  dataSource = await new DataSource(dataSourceOptions(await freshDatabase(), 6)).initialize();
  await migrate(dataSource);
  leases = new Leases(dataSource);
});

afterAll(() => dataSource.destroy());

beforeEach(() => dataSource.query('DELETE FROM lease'));

describe('a lease', () => {
  test('has one holder, who can renew it', async () => {
    expect(await leases.hold('loop', ONE, HOUR)).toBe(true);
    expect(await leases.hold('loop', OTHER, HOUR)).toBe(false);
    expect(await leases.hold('loop', ONE, HOUR)).toBe(true);
  });

  test('goes to one of many who want it at once', async () => {
    const wanted = await Promise.all(
      Array.from({ length: 20 }, () => leases.hold('loop', randomUUID(), HOUR)),
    );
    expect(wanted.filter((isHeld) => isHeld)).toHaveLength(1);
  });

  test("that has run out is taken over, and is no longer its first holder's", async () => {
    expect(await leases.hold('loop', ONE, 0)).toBe(true);
    expect(await leases.hold('loop', OTHER, HOUR)).toBe(true);
    expect(await leases.hold('loop', ONE, HOUR)).toBe(false);
  });

  test('that has run out goes to one of many who take it over at once', async () => {
    await leases.hold('loop', ONE, 0);
    const wanted = await Promise.all(
      Array.from({ length: 20 }, () => leases.hold('loop', randomUUID(), HOUR)),
    );
    expect(wanted.filter((isHeld) => isHeld)).toHaveLength(1);
  });

  test("that has run out and that nobody wanted is still its holder's", async () => {
    await leases.hold('loop', ONE, 0);
    expect(await leases.hold('loop', ONE, HOUR)).toBe(true);
    expect(await leases.hold('loop', OTHER, HOUR)).toBe(false);
  });

  test('is free once its holder gives it back, and nobody else can', async () => {
    await leases.hold('loop', ONE, HOUR);
    await leases.release('loop', OTHER);
    expect(await leases.hold('loop', OTHER, HOUR)).toBe(false);
    await leases.release('loop', ONE);
    expect(await leases.hold('loop', OTHER, HOUR)).toBe(true);
  });

  test('says nothing about one of another name', async () => {
    await leases.hold('loop', ONE, HOUR);
    expect(await leases.hold('another', OTHER, HOUR)).toBe(true);
  });
});
