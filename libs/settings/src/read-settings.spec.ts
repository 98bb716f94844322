import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { byteSize } from './byte-size.js';
import { durationMs } from './duration.js';
import { flag } from './flag.js';
import { commaList } from './list.js';
import { port, wholeNumber } from './number-setting.js';
import { readSettings } from './read-settings.js';

describe('reading the environment', () => {
  const shape = {
    URL: z.string(),
    PORT: port.default(3000),
    WAIT: durationMs.default(25_000),
    LIMIT: byteSize.default(1024),
    OPEN: flag.default(false),
    HOSTS: commaList.default([]),
    WORKERS: wholeNumber(1, 10).default(2),
  };

  test('gives typed values, and defaults for what is not set or empty', () => {
    expect(
      readSettings(shape, {
        URL: 'x',
        WAIT: '5m',
        LIMIT: '64MiB',
        OPEN: 'true',
        HOSTS: 'a, b,',
        PORT: '',
        OTHER: 'y',
      }),
    ).toEqual({
      URL: 'x',
      PORT: 3000,
      WAIT: 300_000,
      LIMIT: 67_108_864,
      OPEN: true,
      HOSTS: ['a', 'b'],
      WORKERS: 2,
    });
  });

  test('names every problem at once, and no value', () => {
    const read = () =>
      readSettings(shape, { PORT: '70000', WAIT: 'soon', LIMIT: '12', OPEN: 'yes', WORKERS: 'hunter2' });
    expect(read).toThrow(
      expect.objectContaining({
        problems: [
          'URL: is required',
          expect.stringMatching(/^PORT: expected a whole number from 0 to 65535/),
          expect.stringMatching(/^WAIT: expected a duration/),
          expect.stringMatching(/^LIMIT: expected a size/),
          'OPEN: expected true or false',
          expect.stringMatching(/^WORKERS: expected a whole number/),
        ],
      }),
    );
    expect(read).not.toThrow('hunter2');
  });

  test.each(['0s', '-1s', '1', '1.5h', '99999999999999999999d', ''])('"%s" is no duration', (text) => {
    expect(durationMs.safeParse(text).success).toBe(false);
  });
});
