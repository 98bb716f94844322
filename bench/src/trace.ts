import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** One request of a trace. `at` in ms since the epoch. */
export interface TraceRead {
  readonly at: number;
  readonly key: string;
}

export interface Trace {
  /** In order of time. */
  readonly reads: readonly TraceRead[];
  /** Lines of another form, which were left out. */
  readonly brokenLines: number;
  /** Lines whose time lies before that of the line above: clocks jump. They were put into order. */
  readonly unsortedLines: number;
}

export function readTrace(file: string): Trace {
  return traceOf(readFileSync(file));
}

/** A trace from the bytes of its file: gzipped (or plain) lines of `epoch_seconds<TAB>key`. */
export function traceOf(bytes: Uint8Array): Trace {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const lines = Buffer.from(isGzip ? gunzipSync(bytes) : bytes)
    .toString('utf8')
    .split(/\r?\n/);
  const reads: TraceRead[] = [];
  let [brokenLines, unsortedLines] = [0, 0];
  for (const line of lines) {
    if (line === '') continue;
    const read = parsed(line);
    if (read === undefined) brokenLines += 1;
    else {
      if (read.at < (reads.at(-1)?.at ?? 0)) unsortedLines += 1;
      reads.push(read);
    }
  }
  if (unsortedLines > 0) reads.sort((one, other) => one.at - other.at);
  return { reads, brokenLines, unsortedLines };
}

/** Latest time that a line may name, in seconds: what a Date can hold. */
const LATEST_S = 8.64e12;

function parsed(line: string): TraceRead | undefined {
  const [seconds = '', key = ''] = line.split('\t', 2);
  if (key === '' || !/^\d+(\.\d+)?$/.test(seconds) || Number(seconds) > LATEST_S) return undefined;
  return { at: Number(seconds) * 1_000, key };
}
