import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { processorsOf } from '#libs/settings';
import { freePort } from '../../apps/local/src/free-port.js';
import { ManagedProcess } from '../../apps/local/src/managed-process.js';
import { FakeSite, html } from '../support/fake-site.js';

const LAUNCHER = join(process.cwd(), 'dist/apps/local/src/main.js');
const folders: string[] = [];
let site: FakeSite;

beforeAll(async () => {
  site = await FakeSite.start('127.0.0.2');
  site.page('/page', html('Page'));
});

afterAll(async () => {
  await site.stop();
  for (const folder of folders) {
    const data = join(folder, '.warmlink/postgres');
    // As root, what its user could not reach lies elsewhere.
    if (existsSync(data)) rmSync(realpathSync(data), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

/** An empty working folder of the given mode: 700 is what /root has. */
function aFolder(mode = 0o755): string {
  const folder = mkdtempSync(join(tmpdir(), 'warmlink-local-'));
  chmodSync(folder, mode);
  folders.push(folder);
  return folder;
}

function launch(
  folder: string,
  port: number,
  environment: Record<string, string> = {},
): { process: ManagedProcess; log: string[] } {
  const log: string[] = [];
  const launcher = new ManagedProcess({
    name: 'launcher',
    command: 'sh',
    // By a relative path, as "npm start" does.
    args: ['-c', `cd '${folder}' && exec '${process.execPath}' '${relative(folder, LAUNCHER)}'`],
    env: { PATH: process.env['PATH'], PORT: String(port), FETCH_ALLOW_CIDRS: '127.0.0.0/8', ...environment },
    onLine: (line) => log.push(line),
  });
  return { process: launcher, log };
}

/** What a command says beside a stack: it finds what it needs of that by itself. */
function beside(folder: string, program: string, ...args: readonly string[]): string {
  return execFileSync(process.execPath, [join(process.cwd(), 'dist/apps', program), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
}

async function readPage(port: number): Promise<{ status: number; cacheStatus: string | null }> {
  const response = await fetch(
    `http://127.0.0.1:${port}/v1/preview?url=${encodeURIComponent(site.url('/page'))}`,
  );
  await response.arrayBuffer();
  return { status: response.status, cacheStatus: response.headers.get('cache-status') };
}

/** Runs a command of the welcome as a person would paste it, but for the test's page. @returns the answer */
async function paste(screen: string, label: string) {
  const [, command] = new RegExp(`^ *${label} +(curl .*)$`, 'm').exec(screen) ?? [];
  const ours = command!.replace('https://example.com', site.url('/page'));
  const { stdout } = await promisify(execFile)('sh', ['-c', ours]);
  return JSON.parse(stdout);
}

/** As Linux says it, where it shares processors by session. */
function sessionNiceness(pid: number): string {
  const file = `/proc/${pid}/autogroup`;
  return (existsSync(file) && readFileSync(file, 'utf8')) || 'no sessions';
}

describe('the one command', () => {
  test('comes up in a folder that only its owner may enter, keeps what it learned, and recovers from being killed', async () => {
    const folder = aFolder(0o700);
    const port = await freePort();
    const first = launch(folder, port);
    await first.process.waitForLine(/Ctrl-C stops everything/);

    const screen = first.log.join('\n');
    expect(screen).toContain(`http://127.0.0.1:${port}/v1/preview?url=`);
    const secretsFile = join(folder, '.warmlink/secrets.json');
    expect(screen).toContain(`user: operator   password: operatorToken in ${secretsFile}`);
    const secrets = JSON.parse(readFileSync(secretsFile, 'utf8')) as Record<string, string>;
    for (const secret of Object.values(secrets)) expect(screen).not.toContain(secret);
    expect((await readPage(port)).cacheStatus).toMatch(/fwd=miss/);
    expect(await paste(screen, 'Try it')).toMatchObject({ status: 'success', data: { title: 'Page' } });
    expect(await paste(screen, 'Warm ahead')).toMatchObject({ status: 'pending', data: { total: 1 } });

    first.process.signal('SIGKILL');
    await first.process.ended;
    const second = launch(folder, port);
    await second.process.waitForLine(/Ctrl-C stops everything/);
    expect(second.log.join('\n')).toMatch(/stopping postgres .* left over/);
    // From Postgres, or from a Redis that was filled from there again, if the read was handed over in time.
    expect((await readPage(port)).cacheStatus).toMatch(/^warmlink; hit; .*detail=(L3|L2)$/);
    expect(site.visitsTo('/page')).toBe(1);
    expect(beside(folder, 'worker/src/warming/rebuild.cli.js')).toMatch(
      /^Previews put back into Redis: 1, in /,
    );
    expect(beside(folder, 'cli/src/main.js', 'purge', 'https://example.com/')).toBe('1 purged\n'); // a writer may

    const twin = launch(folder, port);
    expect(await twin.process.ended).toMatch(/status 1/);
    expect(twin.log.join('\n')).toMatch(/already running here \(pid \d+\)/);

    const elsewhere = launch(aFolder(), port);
    expect(await elsewhere.process.ended).toMatch(/status 1/);
    expect(elsewhere.log.join('\n')).toMatch(new RegExp(`Port ${port} of 127.0.0.1 is taken`));

    await second.process.stop('SIGINT');
    expect(await second.process.ended).toMatch(/status 0/);
    await expect(readPage(port)).rejects.toThrow();
  });

  test('keeps its secrets to its owner', () => {
    const secrets = join(folders[0]!, '.warmlink/secrets.json');
    expect(statSync(secrets).mode & 0o077).toBe(0);
    expect(Object.values(JSON.parse(readFileSync(secrets, 'utf8')) as object)).toHaveLength(4);
    for (const redis of ['redis-cache', 'redis-queue'])
      expect(statSync(join(folders[0]!, '.warmlink', redis)).mode & 0o077).toBe(0);
  });

  test('has scrapes give way to readers, and a gateway alone where it shall be; stops when an application has just died, and leaves nothing behind', async () => {
    const folder = aFolder();
    const pidOf = (name: string) => Number(readFileSync(join(folder, `.warmlink/run/${name}.pid`), 'utf8'));
    const all = processorsOf();
    const [others, own] = all.length > 1 ? [all.slice(0, -1), all.slice(-1)] : [all, all];
    const stack = launch(folder, await freePort(), all.length > 1 ? { GATEWAY_CPUS: own.join() } : {});
    await stack.process.waitForLine(/Ctrl-C stops everything/);
    expect(processorsOf(pidOf('gateway'))).toEqual(own);
    const threads = readdirSync(`/proc/${pidOf('gateway')}/task`).map(Number);
    expect(threads.map((thread) => processorsOf(thread))).toContainEqual(others); // those that help it
    for (const other of ['worker', 'postgres', 'redis-cache', 'redis-queue'])
      expect(processorsOf(pidOf(other))).toEqual(others);
    expect(getPriority(pidOf('worker'))).toBeGreaterThan(getPriority(pidOf('gateway')));
    expect(sessionNiceness(pidOf('worker'))).toMatch(/nice 10|no sessions/);
    process.kill(pidOf('worker'), 'SIGKILL');
    await stack.process.waitForLine(/worker ended .* starting it again/);
    await stack.process.stop('SIGINT');
    expect(await stack.process.ended).toMatch(/status 0/);
    expect(readdirSync(join(folder, '.warmlink/run'))).toEqual([]);
  });

  test('says which setting is wrong, and what is wrong with an address', async () => {
    const refusals: readonly [Record<string, string>, RegExp][] = [
      [{ PORT: 'abc' }, /PORT: expected a whole number/],
      [{ GATEWAY_CPUS: 'all' }, /GATEWAY_CPUS: expected numbers of processors/],
      [{ GATEWAY_CPUS: processorsOf().join() }, /GATEWAY_CPUS: no processor is left/],
      [{ HOST: '192.0.2.1' }, /Nobody can listen on port \d+ of 192.0.2.1 here \(EADDRNOTAVAIL\)/],
    ];
    for (const [environment, sentence] of refusals) {
      const refused = launch(aFolder(), await freePort(), environment);
      expect(await refused.process.ended).toMatch(/status 1/);
      expect(refused.log.join('\n')).toMatch(sentence);
    }
  });

  test('stops while it is still coming up, and leaves nothing behind', async () => {
    const folder = aFolder();
    const early = launch(folder, await freePort());
    await early.process.waitForLine(/worker +\|/);
    await early.process.stop('SIGTERM');
    expect(await early.process.ended).toMatch(/status 0/);
  });
});
