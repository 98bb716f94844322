import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { commandEnvironment } from './command-environment.js';

const folder = mkdtempSync(join(tmpdir(), 'warmlink-command-'));
const file = join(folder, 'servers.env');

afterAll(() => rmSync(folder, { recursive: true }));

describe("a command's environment", () => {
  test("is the shell's where nothing runs beside it", () => {
    expect(commandEnvironment({ A: 'shell' }, join(folder, 'none.env'))).toEqual({ A: 'shell' });
  });

  test("has the local servers beneath it, and the shell's word above theirs", () => {
    writeFileSync(file, "DATABASE_URL='postgres://u:p@h:1/warmlink'\nREDIS_CACHE_URL='redis://:p@h:2'\n");
    expect(commandEnvironment({ REDIS_CACHE_URL: 'redis://mine' }, file)).toEqual({
      DATABASE_URL: 'postgres://u:p@h:1/warmlink',
      REDIS_CACHE_URL: 'redis://mine',
    });
  });
});
