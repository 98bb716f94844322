import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const CLI = join(import.meta.dirname, '../../../dist/bench/src/replay/replay.cli.js');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warmlink-replay-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function aFile(name: string, bytes: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const aTrace = () => aFile('small.tsv.gz', gzipSync('1700000000\ta\n1700000060\ta\n1700000400\ta\n'));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the replay command', () => {
  test('prints its rows as JSON, and nothing else', () => {
    const { status, stdout, stderr } = run(aTrace(), '--ttl', '300', '--json');
    const { trace, ttlSeconds, rows } = JSON.parse(stdout) as {
      trace: string;
      ttlSeconds: number;
      rows: { strategy: string }[];
    };
    expect([status, stderr, trace, ttlSeconds]).toEqual([0, '', 'small', 300]);
    expect(rows.map(({ strategy }) => strategy)).toEqual([
      'cache-aside',
      'swr',
      'refresh-ahead',
      'warmlink',
      'ceiling',
    ]);
  });

  test('prints a table for people, with more columns where pages change', () => {
    const plain = run(aTrace(), '--ttl', '300');
    expect(plain.status).toBe(0);
    expect(plain.stdout).toContain('small, lifetime 300 s, grace 300 s, budget 1.10');
    expect(plain.stdout).toContain('| cache-aside | 33.3 % | 0.0 % | 1.000 × | 0.0 % | – |');
    expect(run(aTrace(), '--ttl', '300', '--changes').stdout).toContain(
      '| precision | changed | scrapes | 304 |',
    );
  });

  test('draws how often forecasts came true, and decides by the table if it is told to', () => {
    const picture = join(folder, 'calibration.svg');
    const { status } = run(aTrace(), '--ttl', '300', '--model', 'table', '--calibration', picture);
    expect(status).toBe(0);
    expect(readFileSync(picture, 'utf8')).toContain('How often forecasts came true: small, lifetime 300 s');
  });

  test('says what it left out of a trace, and goes on', () => {
    const file = aFile('broken.tsv', '5\ta\nnonsense\n4\tb\n');
    const { status, stdout, stderr } = run(file, '--ttl', '300', '--json');
    expect(status).toBe(0);
    expect(stderr).toBe(`${file}: 1 broken lines left out, 1 lines put into order\n`);
    expect(JSON.parse(stdout)).toHaveProperty('trace', 'broken');
  });

  test.each<[string, () => string[], string]>([
    ['no trace', () => ['--ttl', '300'], 'One trace is needed.'],
    ['two traces', () => [aTrace(), aTrace(), '--ttl', '300'], 'One trace is needed.'],
    ['no lifetime', () => [aTrace()], '--ttl must be a number, 1 at least'],
    ['a lifetime that is a word', () => [aTrace(), '--ttl', 'long'], '--ttl must be a number'],
    ['an empty lifetime', () => [aTrace(), '--ttl', ''], '--ttl must be a number'],
    ['a lifetime of nothing', () => [aTrace(), '--ttl', '0'], '--ttl must be a number'],
    ['an endless lifetime', () => [aTrace(), '--ttl', 'Infinity'], '--ttl must be a number'],
    [
      'a budget below that of cache-aside',
      () => [aTrace(), '--ttl', '9', '--budget', '0.9'],
      '--budget must be',
    ],
    [
      'a grace below none',
      () => [aTrace(), '--ttl', '9', '--grace=-1'],
      '--grace must be a number, 0 at least',
    ],
    ['a window of nothing', () => [aTrace(), '--ttl', '9', '--window', '0'], '--window must be a number'],
    ['a model that there is not', () => [aTrace(), '--ttl', '9', '--model', 'oracle'], '--model must be'],
    ['an option that there is not', () => [aTrace(), '--ttl', '9', '--fast'], "Unknown option '--fast'"],
    [
      'a file that there is not',
      () => [join(folder, 'none.tsv'), '--ttl', '9'],
      'none.tsv can not be read: ENOENT',
    ],
    ['a folder', () => [folder, '--ttl', '9'], 'can not be read: EISDIR'],
    [
      'a gzip that is cut off',
      () => [aFile('cut.gz', gzipSync('1\ta').subarray(0, 12)), '--ttl', '9'],
      'can not be read',
    ],
    ['a trace without reads', () => [aFile('empty.tsv', 'nonsense\n'), '--ttl', '9'], 'has no reads'],
  ])('given %s ends with status 2, what was wrong, and its usage', (_, args, problem) => {
    const { status, stdout, stderr } = run(...args());
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).toContain('Usage: npm run --silent replay -- TRACE.tsv.gz --ttl SECONDS [options]');
    expect(stderr).not.toContain('    at '); // no stack
  });
});
