import { Agent, get as send, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FakeSite, html } from '../support/fake-site.js';
import { type Gateway, get, Stack } from '../support/stack.js';

let stack: Stack;
let site: FakeSite;
let agent: Agent;

beforeAll(async () => {
  [stack, site] = await Promise.all([Stack.start({ gateways: 0 }), FakeSite.start('127.0.0.2')]);
  agent = new Agent({ keepAlive: true });
});

afterAll(async () => {
  agent.destroy();
  await stack.stop();
  await site.stop();
});

/** Over a connection that is kept: the same one, as long as the gateway keeps it. */
async function overKept(gateway: Gateway, path: string) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    send(gateway.url + path, { agent }, resolve).on('error', reject);
  });
  return { status: response.statusCode, connection: response.headers.connection, body: await text(response) };
}

const previewOf = (url: string) => `/v1/preview?url=${encodeURIComponent(url)}`;

describe('a gateway that is told to stop', () => {
  test('answers for a while, but says that it is not ready, and keeps no connection', async () => {
    const gateway = await stack.addGateway({ DRAIN_DELAY: '5s' });
    site.page('/known', html('Known'));
    const path = previewOf(site.url('/known'));
    for (let time = 0; time < 3; time += 1)
      expect(await overKept(gateway, path)).toMatchObject({ status: 200, connection: 'keep-alive' });
    const stopped = gateway.process.stop();
    const ready = await eventually(
      () => overKept(gateway, '/health/ready'),
      ({ status }) => status === 503,
    );
    expect(ready).toMatchObject({ connection: 'close', body: '{"status":"draining"}' });
    expect(await overKept(gateway, '/health/live')).toMatchObject({ status: 200, connection: 'close' });
    const other = site.page('/unknown', html('Unknown')).url('/unknown');
    for (const known of [path, path, previewOf(other)])
      // from memory before the framework, and by the framework
      expect(await overKept(gateway, known)).toMatchObject({ status: 200, connection: 'close' });
    await stopped;
    expect(await gateway.process.ended).toMatch(/SIGTERM/);
  });

  test('works on nothing that came behind a request whose answer ends the connection', async () => {
    const gateway = await stack.addGateway({ DRAIN_DELAY: '2s' });
    const first = site.gatedPage('/first', html('First'));
    site.page('/behind', html('Behind'));
    const stopped = gateway.process.stop();
    await eventually(
      () => overKept(gateway, '/health/ready'),
      ({ status }) => status === 503,
    );
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname, () => {
      for (const path of ['/first', '/behind'])
        socket.write(`GET ${previewOf(site.url(path))} HTTP/1.1\r\nHost: a\r\n\r\n`);
    });
    const received = text(socket);
    await first.arrived;
    first.open();
    expect((await received).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    await stopped;
    expect(site.visitsTo('/behind')).toBe(0);
  });

  test('waits for the answers that it owes, and for no connection that is idle or gets so', async () => {
    const gateway = await stack.addGateway();
    const gate = site.gatedPage('/owed', html('Owed'));
    await overKept(gateway, '/health/live'); // stays as an idle connection
    const owed = overKept(gateway, previewOf(site.url('/owed')));
    await gate.arrived;
    const stopped = gateway.process.stop();
    await eventually(
      () => get(gateway, '/health/live').catch(() => undefined),
      (answer) => answer === undefined,
    );
    gate.open();
    const opened = performance.now();
    expect(await owed).toMatchObject({ status: 200 });
    await stopped;
    expect(performance.now() - opened).toBeLessThan(10_000);
    expect(await gateway.process.ended).toMatch(/SIGTERM/);
  });

  test('breaks off what is not answered by DRAIN_TIMEOUT', async () => {
    const gateway = await stack.addGateway({ DRAIN_TIMEOUT: '500ms' });
    const gate = site.gatedPage('/never', html('Never'));
    const owed = overKept(gateway, previewOf(site.url('/never'))).catch((error: unknown) => error);
    await gate.arrived;
    await gateway.process.stop();
    expect(await owed).toMatchObject({ code: 'ECONNRESET' });
    expect(await gateway.process.ended).toMatch(/SIGTERM/);
    gate.open();
  });
});
