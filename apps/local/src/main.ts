import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataFolder } from './data-folder.js';
import { whyNotListen } from './free-port.js';
import { LocalStack } from './local-stack.js';
import { welcome } from './welcome.js';

const apps = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const say = (line: string) => console.log(`warmlink   | ${line}`);

process.exitCode = await launch();

async function launch(): Promise<number> {
  let stack: LocalStack | undefined;
  // Installed first: a Ctrl-C while things come up must take down what is up already.
  const asked = new Promise<'asked'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('asked'));
    process.stdout.on('error', () => resolve('asked')); // nobody reads any more: npm start | head
  });
  try {
    const folder = new DataFolder(resolve('.warmlink'));
    folder.claim('apps/local/src/main.js');
    stack = new LocalStack({ folder, apps, environment: process.env, say });
    await stack.stopLeftovers();
    await refuseTakenPort(stack.port, stack.host);
    const up = await Promise.race([stack.start().then(() => 'up' as const), asked]);
    if (up === 'up') console.log(welcome(stack, process.stdout.isTTY));
    const why = await Promise.race([asked, stack.broken]);
    if (why !== 'asked')
      throw new Error(`${why}: without its servers everything stops. Start again; data is kept.`);
    say('stopping');
    return 0;
  } catch (error) {
    console.error(`warmlink   | ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await stack?.stop();
  }
}

async function refuseTakenPort(port: number, host: string): Promise<void> {
  const why = await whyNotListen(port, host);
  if (why === undefined) return;
  if (why !== 'EADDRINUSE') throw new Error(`Nobody can listen on port ${port} of ${host} here (${why}).`);
  throw new Error(`Port ${port} of ${host} is taken. Free it, or choose another: PORT=3001 npm start`);
}
