import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { UsageError } from '../usage.js';
import { WarmState } from './warm-state.js';

const IDENTITY = { gateway: 'http://127.0.0.1:3000', at: null };

let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warmlink-state-'));
  file = join(folder, 'state.json');
});
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

async function* urls(...names: readonly string[]) {
  yield* names;
}

async function left(state: WarmState, ...names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const url of state.notTaken(urls(...names))) found.push(url);
  return found;
}

function take(state: WarmState, id: string, ...names: readonly string[]): void {
  state.take({ urls: names, batch: { id, total: names.length }, rejected: 1, duplicates: 2 });
}

const reopened = () => WarmState.open(IDENTITY, file, false);

describe('how far a run is', () => {
  test('is known to the next one', async () => {
    const first = reopened();
    expect(await left(first, 'a', 'b', 'c')).toEqual(['a', 'b', 'c']);
    take(first, 'one', 'a');
    take(first, 'two', 'b');
    first.complete('one', { success: 3, ENOTFOUND: 1 });

    const second = reopened();
    expect(second).toMatchObject({ isResumed: true, taken: 2, open: [{ id: 'two', total: 1 }] });
    expect(await left(second, 'a', 'b', 'c', 'd')).toEqual(['c', 'd']);
    take(second, 'three', 'c');
    second.complete('two', { success: 1 });
    expect(second.totals).toMatchObject({
      rejected: 3,
      duplicates: 6,
      outcomes: { success: 4, ENOTFOUND: 1 },
    });
    expect(await left(reopened(), 'a', 'b', 'c')).toEqual([]);

    expect(readdirSync(folder)).toEqual(['state.json']);
    second.remove();
    expect(existsSync(file)).toBe(false);
  });

  test.each([[['x', 'b', 'c']], [['a', 'x', 'c']], [['a']], [['ab', 'c']], [[]]])(
    'says nothing of another input: %p',
    async (names) => {
      take(reopened(), 'one', 'a', 'b');
      await expect(left(reopened(), ...names)).rejects.toThrow(UsageError);
    },
  );

  test('says nothing of another gateway, or of another time', () => {
    take(reopened(), 'one', 'a');
    for (const other of [{ gateway: 'http://other' }, { at: '2026-03-02T09:30Z' }])
      expect(() => WarmState.open({ ...IDENTITY, ...other }, file, false)).toThrow(UsageError);
    expect(WarmState.open({ gateway: 'http://other', at: null }, file, true).taken).toBe(0);
  });

  test.each(['', '{', '{}', '[]', '{"taken":-1}'])('is not what is found in %p', (content) => {
    writeFileSync(file, content);
    expect(reopened).toThrow(/is no state of a run/);
  });

  test('is kept nowhere without a file', async () => {
    const state = WarmState.open(IDENTITY, undefined, false);
    take(state, 'one', 'a');
    expect(existsSync(file)).toBe(false);
    expect(state.taken).toBe(1);
  });
});
