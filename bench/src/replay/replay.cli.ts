import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { readTrace, type Trace } from '../trace.js';
import type { CalibrationBin } from '#libs/forecast';
import { drawCalibration } from './draw-calibration.js';
import { drawSweep } from './draw-sweep.js';
import type { Row } from './tally.js';
import { type Replay, replay, type ReplayOptions, sweep } from './replay.js';

const USAGE = `Usage: npm run --silent replay -- TRACE.tsv.gz --ttl SECONDS [options]

  --budget 1.10     origin load that is allowed, relative to fixed-TTL cache-aside
  --grace SECONDS   how long past its lifetime a copy is served while it is refreshed (default, and where lifetimes are learned at the most: the lifetime once more)
  --window SECONDS  after so long reads are handed over (default: 10)
  --changes         pages change, some have validators; Warmlink learns their lifetimes
  --model table     what copies are decided by: what is learned (default), or the table that it replaced
  --calibration FILE.svg   how often what was forecast came true, as a picture
  --json            the rows as JSON
  --sweep           fresh reads over load for several budgets, as a picture in bench/results/`;

/** Strategies of whose warms there is nothing to say. */
const WITHOUT_WARMS: ReadonlySet<Row['strategy']> = new Set(['cache-aside', 'swr', 'ceiling']);

/** Budgets of a sweep. */
const BUDGETS = [1, 1.02, 1.05, 1.1, 1.15, 1.25, 1.5, 2];

function fail(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function positive(text: string | undefined, name: string, least: number): number {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isFinite(value) || value < least)
    fail(`--${name} must be a number, ${least} at least`);
  return value;
}

function modelOf(text: string): NonNullable<ReplayOptions['model']> {
  return text === 'learned' || text === 'table' ? text : fail('--model must be learned or table');
}

function commandLine() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        ttl: { type: 'string' },
        budget: { type: 'string', default: '1.10' },
        grace: { type: 'string' },
        window: { type: 'string', default: '10' },
        changes: { type: 'boolean', default: false },
        model: { type: 'string', default: 'learned' },
        calibration: { type: 'string' },
        json: { type: 'boolean', default: false },
        sweep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) fail('One trace is needed.');
    return { file, values };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const { file, values } = commandLine();
const ttlMs = positive(values.ttl, 'ttl', 1) * 1_000;
const trace = open(file);
const options: ReplayOptions = {
  ttlMs,
  budget: positive(values.budget, 'budget', 1),
  graceMs: values.grace === undefined ? undefined : positive(values.grace, 'grace', 0) * 1_000,
  windowMs: positive(values.window, 'window', 0.05) * 1_000,
  changes: values.changes,
  model: modelOf(values.model),
  ...(process.stderr.isTTY && { onProgress: progressOf(trace.reads.length) }),
};
let calibration: readonly CalibrationBin[] = [];
if (values.calibration !== undefined) write(values.calibration, ''); // before anything is computed for nothing
const result = replay(file, trace, { ...options, onCalibration: ({ bins }) => (calibration = bins) });
if (values.calibration !== undefined)
  write(values.calibration, drawCalibration(`${result.trace}, lifetime ${values.ttl} s`, calibration));
clearProgress();
if (values.json) console.log(JSON.stringify(result));
else printTable(result, options);
if (values.sweep) {
  const rows = sweep(trace, BUDGETS, options);
  clearProgress();
  const picture = `bench/results/replay-${result.trace}-${result.ttlSeconds}s.svg`;
  mkdirSync(dirname(picture), { recursive: true });
  writeFileSync(picture, drawSweep(result, rows));
  console.error(`The picture is in ${picture}`);
}

function open(name: string): Trace {
  try {
    const read = readTrace(name);
    if (read.brokenLines + read.unsortedLines > 0)
      console.error(
        `${name}: ${read.brokenLines} broken lines left out, ${read.unsortedLines} lines put into order`,
      );
    if (read.reads.length === 0) fail(`${name} has no reads.`);
    return read;
  } catch (error) {
    return fail(`${name} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function write(name: string, text: string): void {
  try {
    writeFileSync(name, text);
  } catch (error) {
    fail(`${name} can not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function progressOf(total: number): (reads: number) => void {
  const width = 40;
  return (reads) => {
    const done = Math.round((width * reads) / total);
    process.stderr.write(
      `\r${'█'.repeat(done)}${'░'.repeat(width - done)} ${Math.round((100 * reads) / total)} %`,
    );
  };
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

function printTable({ trace: name, ttlSeconds, rows }: Replay, { budget, graceMs, changes }: ReplayOptions) {
  const percent = (share: number | undefined) => `${(100 * (share ?? 0)).toFixed(1)} %`;
  const columns = ['strategy', 'fresh', 'stale', 'load', 'wasted', 'precision'];
  const grace = (graceMs ?? 1_000 * ttlSeconds) / 1_000;
  console.log(`${name}, lifetime ${ttlSeconds} s, grace ${grace} s, budget ${budget.toFixed(2)}\n`);
  console.log(`| ${[...columns, ...(changes ? ['changed', 'scrapes', '304'] : [])].join(' | ')} |`);
  console.log(
    `| ${Array(columns.length + (changes ? 3 : 0))
      .fill('---')
      .join(' | ')} |`,
  );
  for (const row of rows) {
    const cells = [
      row.strategy,
      percent(row.fresh),
      percent(row.stale),
      `${row.load.toFixed(3)} ×`,
      percent(row.wasted),
      WITHOUT_WARMS.has(row.strategy) || row.precision === null ? '–' : percent(row.precision),
      ...(changes
        ? [percent(row.changed), `${(row.scrapes ?? 0).toFixed(3)} ×`, percent(row.notModified)]
        : []),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
