import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readSettings } from '#libs/settings';
import { runProcess } from '#libs/telemetry';
import { workerEnv } from '../../worker.env.js';
import { FakeInternet } from './fake-internet.js';
import { GuardTrial, type Trial } from './guard-trial.js';
import { type TrialFile, trialFile } from './trial-file.js';

const USAGE = `Usage: npm run --silent guard -- CASES.json …

Tries each case on the service's own way to a page, in an internet of its own, and says where the guard and the file disagree.

The exit code is 1 where they do, or a file can't be read, and 2 where the arguments are wrong.`;

/**
 * Ports that are open here where FETCH_PORTS doesn't say: the service's own, and one more on which the cases have a public page. Closed, a port would hide
 * what is thought of an address.
 */
const TRIAL_PORTS = [80, 443, 8080];

/** `npm run guard -- CASES.json …`: tries each case, says where the guard and the file disagree, and fails if they do. */
await runProcess(async () => {
  const files = filesNamed();
  const { FETCH_PORTS = TRIAL_PORTS } = readSettings(
    { FETCH_PORTS: workerEnv.FETCH_PORTS.unwrap().optional() },
    process.env,
  );
  const internet = await FakeInternet.start();
  try {
    for (const file of files) {
      const known = casesIn(file);
      const trials = known === undefined ? [] : await triedAll(known, new GuardTrial(internet, FETCH_PORTS));
      if (known !== undefined) report(file, trials);
      if (trials.length === 0 || !trials.every(({ agrees }) => agrees)) process.exitCode = 1;
    }
  } finally {
    await internet.stop();
  }
});

function filesNamed(): readonly string[] {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: 'boolean', default: false } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return positionals.length > 0 ? positionals : fail('A file is needed.');
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

/** @returns undefined where there are none, which is said in a line */
function casesIn(file: string): TrialFile | undefined {
  try {
    const known = trialFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (known.success) return known.data;
    console.error(`${file}: neither "cases" nor "chains" are in it as they should be`);
  } catch (error) {
    console.error(
      `${file}: ${(error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ')}`,
    );
  }
  return undefined;
}

async function triedAll(known: TrialFile, trial: GuardTrial): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  if ('cases' in known) for (const one of known.cases) trials.push(await trial.address(one));
  else for (const one of known.chains) trials.push(await trial.chain(one));
  return trials;
}

function report(file: string, trials: readonly Trial[]): void {
  for (const { name, expected, verdict, agrees } of trials) {
    console.log(
      `${agrees ? 'ok      ' : 'DISAGREE'}  ${verdict.padEnd(8)} (${expected})  ${JSON.stringify(name)}`,
    );
  }
  const agreed = trials.filter(({ agrees }) => agrees).length;
  console.log(`${file}: ${agreed} of ${trials.length} as expected, ${trials.length - agreed} not`);
}
