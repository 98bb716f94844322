import { readFileSync } from 'node:fs';
import { readSettings } from '#libs/settings';
import { runProcess } from '#libs/telemetry';
import { workerEnv } from '../../worker.env.js';
import { FakeInternet } from './fake-internet.js';
import { GuardTrial, type Trial } from './guard-trial.js';
import { trialFile } from './trial-file.js';

/**
 * Ports that are open here where FETCH_PORTS doesn't say: the service's own, and one more on which the cases have a public page. Closed, a port would hide
 * what is thought of an address.
 */
const TRIAL_PORTS = [80, 443, 8080];

/** `npm run guard -- CASES.json …`: tries each case, says where the guard and the file disagree, and fails if they do. */
await runProcess(async () => {
  const { FETCH_PORTS = TRIAL_PORTS } = readSettings(
    { FETCH_PORTS: workerEnv.FETCH_PORTS.unwrap().optional() },
    process.env,
  );
  const files = process.argv.slice(2);
  if (files.length === 0) throw new Error('usage: npm run guard -- CASES.json …');
  const internet = await FakeInternet.start();
  try {
    for (const file of files) {
      const trials = await triedAll(file, new GuardTrial(internet, FETCH_PORTS));
      report(file, trials);
      if (trials.length === 0 || !trials.every(({ agrees }) => agrees)) process.exitCode = 1;
    }
  } finally {
    await internet.stop();
  }
});

async function triedAll(file: string, trial: GuardTrial): Promise<readonly Trial[]> {
  const known = trialFile.parse(JSON.parse(readFileSync(file, 'utf8')));
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
