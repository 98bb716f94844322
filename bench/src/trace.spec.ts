import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { traceOf } from './trace.js';

const traceOfText = (text: string) => traceOf(Buffer.from(text));

describe('a trace', () => {
  test('is lines of seconds and key', () => {
    expect(traceOfText('1700000000\ta\n1700000000.25\tb\n')).toEqual({
      reads: [
        { at: 1_700_000_000_000, key: 'a' },
        { at: 1_700_000_000_250, key: 'b' },
      ],
      brokenLines: 0,
      unsortedLines: 0,
    });
  });

  test('is read back as it was written, plain or gzipped, with either end of line', () => {
    const keys = fc.string({ minLength: 1, unit: 'grapheme' }).filter((key) => !/[\t\r\n]/.test(key));
    const lines = fc.array(fc.tuple(fc.integer({ min: 0, max: 8.64e12 }), keys));
    fc.assert(
      fc.property(lines, fc.boolean(), fc.constantFrom('\n', '\r\n'), (written, gzip, end) => {
        written.sort(([one], [other]) => one - other);
        const bytes = Buffer.from(written.map(([seconds, key]) => `${seconds}\t${key}${end}`).join(''));
        const { reads, brokenLines, unsortedLines } = traceOf(gzip ? gzipSync(bytes) : bytes);
        expect(reads).toEqual(written.map(([seconds, key]) => ({ at: seconds * 1_000, key })));
        expect([brokenLines, unsortedLines]).toEqual([0, 0]);
      }),
    );
  });

  test('may lack its last end of line, or have nothing in it', () => {
    expect(traceOfText('1\ta\n2\tb').reads).toHaveLength(2);
    expect(traceOfText('')).toEqual({ reads: [], brokenLines: 0, unsortedLines: 0 });
    expect(traceOfText('\n\r\n\n')).toEqual({ reads: [], brokenLines: 0, unsortedLines: 0 });
  });

  test.each([
    ['no key', '5'],
    ['an empty key', '5\t'],
    ['no time', '\ta'],
    ['a time that is a word', 'noon\ta'],
    ['a time before the epoch', '-5\ta'],
    ['a time with an exponent', '1e3\ta'],
    ['a time with a space', ' 5\ta'],
    ['a time that ends in a point', '5.\ta'],
    ['a time that no Date can hold', '8640000000000.001\ta'],
    ['a time beyond all numbers', `${'9'.repeat(400)}\ta`],
    ['spaces where the tab should be', '5 a'],
  ])('leaves out, and counts, lines with %s', (_, line) => {
    const { reads, brokenLines } = traceOfText(`1\ta\n${line}\n${line}\n2\ta\n`);
    expect(reads.map(({ at }) => at)).toEqual([1_000, 2_000]);
    expect(brokenLines).toBe(2);
  });

  test('takes the latest time that a Date can hold', () => {
    const [read] = traceOfText('8640000000000\ta\n').reads;
    expect(new Date(read!.at).toISOString()).toBe('+275760-09-13T00:00:00.000Z');
  });

  test('has further columns that are of no interest', () => {
    expect(traceOfText('1\ta\tGET\t200\n').reads).toEqual([{ at: 1_000, key: 'a' }]);
  });

  test('is put into order, lines of the same time as they came; those that step back are counted', () => {
    const { reads, brokenLines, unsortedLines } = traceOfText('5\ta\n3\tb\n4\tc\n3\td\n5\te\n');
    expect(reads.map(({ key }) => key).join('')).toBe('bdcae');
    expect([brokenLines, unsortedLines]).toEqual([0, 2]);
  });

  test("that is cut off within its gzip isn't taken for whole", () => {
    const bytes = gzipSync('1\ta\n'.repeat(1_000));
    expect(() => traceOf(bytes.subarray(0, bytes.length - 8))).toThrow();
  });
});
