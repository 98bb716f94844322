import { describe, expect, test } from '@jest/globals';
import { readCommandLine } from './command-line.js';
import { UsageError } from './usage.js';

const read = (line: string) => readCommandLine(line.split(' ').filter(Boolean));

describe('a command line', () => {
  test.each([
    ['preview https://a.example/', { name: 'preview', url: 'https://a.example/', force: false }],
    ['preview --force a', { name: 'preview', url: 'a', force: true }],
    ['refresh a', { name: 'refresh', target: { url: 'a' } }],
    ['purge --url a', { name: 'purge', target: { url: 'a' } }],
    ['purge --host a.example', { name: 'purge', target: { host: 'a.example' } }],
    ['purge --tag news', { name: 'purge', target: { tag: 'news' } }],
    ['--help', { name: 'help' }],
    ['warm -h', { name: 'help' }],
  ])('is understood: %s', (line, command) => {
    expect(read(line)).toEqual({ command, json: false, key: undefined });
  });

  test('says how to warm', () => {
    expect(read('warm - --at 2026-03-02T09:30+01:00 --detach --state s --restart --json --key k')).toEqual({
      command: {
        name: 'warm',
        input: '-',
        at: '2026-03-02T09:30+01:00',
        detach: true,
        stateFile: 's',
        restart: true,
      },
      json: true,
      key: 'k',
    });
  });

  test.each([
    '',
    'fetch a',
    'toString a',
    'preview',
    'preview a b',
    'preview a --at now',
    'preview a --unknown',
    'warm',
    'warm list --at tomorrow',
    'warm list --at 2026-03-02T09:30',
    'purge',
    'purge a --host b',
    'purge --host a --tag b',
  ])('is refused: %p', (line) => {
    expect(() => read(line)).toThrow(UsageError);
  });
});
