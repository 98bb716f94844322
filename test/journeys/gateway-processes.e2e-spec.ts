import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { type Gateway, read, Stack, TOKENS } from '../support/stack.js';

const PROCESSES = 3;

let stack: Stack;
let site: FakeSite;
let gateway: Gateway;

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start({ gateways: 0 }), FakeSite.start('127.0.0.2')]);
  gateway = await stack.addGateway({ GATEWAY_PROCESSES: String(PROCESSES) });
});

afterAll(async () => {
  await stack.stop();
  await site.stop();
});

/** Without `close` a client would meet the process that it has a connection to. */
const afresh = { connection: 'close' };

/** How often metrics were asked for. */
let asked = 0;

async function metricsText(): Promise<string> {
  const response = await fetch(`${gateway.url}/metrics`, {
    headers: { ...afresh, 'x-api-key': TOKENS.operator },
  });
  asked += 1;
  return response.text();
}

const valueOf = (text: string, series: string) =>
  Number(new RegExp(`^${series.replace(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(text)?.[1]);

/** Those that the gateway's first process has started. */
function servingPids(): readonly number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, state]) => Number(parent) === gateway.process.pid && !state?.startsWith('Z'))
    .map(([pid]) => Number(pid));
}

const diedPid = () =>
  gateway.log.map((line) => /"died":(\d+)/.exec(line)?.[1]).find((pid) => pid !== undefined);

test('several processes answer on one port, and metrics are those of all', async () => {
  site.page('/shared', html('Shared'));
  const copies = async () => {
    const { status, headers } = await read(gateway, site.url('/shared'), afresh);
    expect(status).toBe(200);
    expect(headers.get('cache-status')).toBeDefined();
    return valueOf(await metricsText(), 'warmlink_memory_tier_copies');
  };
  expect(await eventually(copies, (count) => count === PROCESSES)).toBe(PROCESSES); // each has one of its own
  expect(site.visitsTo('/shared')).toBe(1);
  const text = await metricsText();
  expect(valueOf(text, 'warmlink_redis_connected{server="cache"}')).toBe(1); // and not one for each
  const series = 'warmlink_http_request_duration_seconds_count{method="GET",route="/metrics",status="200"}';
  const uncounted = async () => {
    const before = asked;
    return before - valueOf(await metricsText(), series);
  };
  expect(await eventually(uncounted, (count) => count === 0)).toBe(0); // whichever of them answered
});

test('a process that dies is replaced', async () => {
  const [victim] = servingPids();
  process.kill(victim!, 'SIGKILL');
  await eventually(
    async () => diedPid(),
    (pid) => pid === String(victim),
  );
  const now = await eventually(
    async () => servingPids(),
    (all) => all.length === PROCESSES,
  );
  expect(now).not.toContain(victim);
  expect((await read(gateway, site.url('/shared'), afresh)).status).toBe(200);
});

test('all of them end with the first', async () => {
  const serving = servingPids();
  await gateway.process.stop();
  expect(await gateway.process.ended).toMatch(/status 0/);
  for (const pid of serving) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});

test('where they can’t come up there is one reason, and an end', async () => {
  const { port } = new URL(stack.cache.url);
  const said = await stack.failToStart('gateway', { GATEWAY_PROCESSES: '2', PORT: port });
  expect(said).toMatch(new RegExp(`:${port} is taken`));
});
