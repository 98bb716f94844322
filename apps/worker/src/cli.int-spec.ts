import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const EXTRACT = 'dist/apps/worker/src/extract/extract.cli.js';
const GUARD = 'dist/apps/worker/src/fetch/trial/guard.cli.js';

let folder: string;
const saved = (name: string) => join(folder, name);

function run(program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, said: stdout.trim(), complaint: stderr.trim() };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warmlink-cli-'));
  writeFileSync(saved('page.html'), '<title>A page</title>');
  writeFileSync(saved('broken.json'), '{');
  writeFileSync(saved('other.json'), '{"cases": 7}');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([EXTRACT, GUARD])('%s', (program) => {
  test('tells its usage: to who asks, and to who says too little or what it doesn’t know', () => {
    const help = run(program, '--help');
    expect(help).toMatchObject({ status: 0, complaint: '' });
    expect(help.said).toMatch(/^Usage: npm run/);
    for (const args of [[], ['--unknown']]) {
      const { status, complaint } = run(program, ...args);
      expect(status).toBe(2);
      expect(complaint).toContain('Usage: npm run');
    }
  });
});

describe('extract', () => {
  test('names files that it can’t read, in a line each, and goes on with the others', () => {
    const { status, said, complaint } = run(EXTRACT, saved('missing.html'), folder, saved('page.html'));
    expect(status).toBe(1);
    expect(complaint.split('\n')).toEqual([
      expect.stringMatching(/missing\.html: ENOENT/),
      expect.stringMatching(/: EISDIR/),
    ]);
    expect(JSON.parse(said)).toMatchObject({ slug: 'page', data: { title: 'A page' } });
  });

  test.each(['/page', 'page.example', 'file:///page'])('takes no URL like %s', (url) => {
    const { status, complaint } = run(EXTRACT, '--url', url, saved('page.html'));
    expect(status).toBe(2);
    expect(complaint).toContain(`${url} is no absolute http(s) URL.`);
  });

  test('names what is wrong with a folder of pages', () => {
    const complaintOf = (about: string) => {
      const { status, complaint } = run(EXTRACT, '--pages', about);
      expect(status).toBe(1);
      expect(complaint.split('\n')).toHaveLength(1);
      return complaint;
    };
    expect(complaintOf(folder)).toContain('page.expected.json: ENOENT');
    writeFileSync(saved('page.expected.json'), '{"url":"/page"}');
    expect(complaintOf(folder)).toContain('page.expected.json: its "url"');
    expect(complaintOf(saved('missing'))).toContain('missing: ENOENT');
    expect(complaintOf(mkdtempSync(saved('empty-')))).toContain('no .html file');
  });
});

describe('guard', () => {
  test.each([
    ['missing.json', 'ENOENT'],
    ['', 'EISDIR'],
    ['broken.json', 'JSON'],
    ['other.json', 'neither "cases" nor "chains"'],
  ])('names a file of cases that is none: %s', (name, problem) => {
    const { status, complaint } = run(GUARD, saved(name));
    expect(status).toBe(1);
    expect(complaint.split('\n')).toHaveLength(1);
    expect(complaint).toContain(`${saved(name)}: `);
    expect(complaint).toContain(problem);
  });
});
