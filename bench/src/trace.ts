import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** One request of a trace. `at` in ms since the epoch. */
export interface TraceRead {
  readonly at: number;
  readonly key: string;
}

/** Reads a trace: gzipped lines of `epoch_seconds<TAB>key`, sorted. Lines of another form are left out. */
export function readTrace(file: string): readonly TraceRead[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  return lines.flatMap((line) => {
    const [seconds = '', key] = line.split('\t', 2);
    return key === undefined || !/^\d+(\.\d+)?$/.test(seconds) ? [] : [{ at: Number(seconds) * 1_000, key }];
  });
}
