import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PreviewResponse } from '../previews/preview-responses.js';
import { DirectConnections } from './direct-connections.js';
import type { AdmittedRead, Exchange, HotLane, LaneRequest } from './hot-lane.js';
import { standBeforeRouter } from './lane-before-router.js';

/** Knows what lies under /hot, and looks for what lies under /below. */
class FakeLane {
  /** What a look finds, when it does. */
  looks: ((answer: PreviewResponse | undefined) => void)[] = [];

  enter(request: LaneRequest): Exchange {
    return { request, id: 'id', startedAt: 0 };
  }

  tryAtHand({ request }: Exchange): PreviewResponse | AdmittedRead | undefined {
    if (request.url!.startsWith('/hot')) return answer(`lane ${request.url}`);
    return request.url!.startsWith('/below') ? ({} as AdmittedRead) : undefined;
  }

  tryBelow(): Promise<PreviewResponse | undefined> {
    return new Promise((resolve) => this.looks.push(resolve));
  }
}

function answer(body: string): PreviewResponse {
  return { status: 200, shared: 'etag: "a"\r\n', headers: ['content-length', String(body.length)], body };
}

const get = (path: string, ...fields: readonly string[]) =>
  ['GET', path, 'HTTP/1.1\r\nHost:', 'a\r\n']
    .join(' ')
    .concat(...fields.map((field) => `${field}\r\n`), '\r\n');

/** A client that writes what it is told, and keeps what comes. */
class Client {
  received = '';
  readonly closed: Promise<unknown>;

  constructor(readonly socket: Socket) {
    socket.on('data', (piece: Buffer) => (this.received += piece.toString('latin1')));
    this.closed = once(socket, 'close');
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** @returns the bodies that have come, once there are so many */
  async bodies(count: number): Promise<readonly string[]> {
    for (;;) {
      const bodies = this.received.split(/HTTP\/1\.1 [^]*?\r\n\r\n/).slice(1);
      if (bodies.length >= count && bodies[count - 1] !== '') return bodies;
      await once(this.socket, 'data');
    }
  }
}

let server: Server;
let lane: FakeLane;
let connections: DirectConnections;
let isEnding: boolean;
/** What Node's HTTP has read. */
let routed: string[];
let route: (request: IncomingMessage, response: ServerResponse) => void;
let clients: Client[];

beforeEach(async () => {
  [lane, isEnding, routed, clients] = [new FakeLane(), false, [], []];
  route = (request, response) => response.end(`route ${request.url}`);
  server = createServer((request, response) => {
    routed.push(request.url!);
    route(request, response);
  });
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 60_000;
  standBeforeRouter(server, lane as unknown as HotLane);
  connections = new DirectConnections(lane as unknown as HotLane, () => isEnding);
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

async function client(): Promise<Client> {
  if (!server.listening) {
    connections.standBefore(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  clients.push(new Client(socket));
  return clients.at(-1)!;
}

describe('what the lane knows', () => {
  test('is answered with all that Node would say', async () => {
    const one = await client();
    one.send(get('/hot'));
    await one.bodies(1);
    expect(one.received).toMatch(
      /^HTTP\/1\.1 200 OK\r\ncontent-length: 9\r\nDate: \w{3}, [^\r]+ GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\netag: "a"\r\n\r\nlane \/hot$/,
    );
    expect(routed).toEqual([]);
  });

  test('has no body where there was asked for none', async () => {
    const one = await client();
    one.send(get('/hot').replace('GET', 'HEAD'));
    one.send(get('/hot/then'));
    expect((await one.bodies(2))[0]).toBe('');
  });
});

describe('what it does not know', () => {
  test('goes to Node, and the connection comes back', async () => {
    const one = await client();
    for (const path of ['/hot/1', '/2', '/3', '/hot/4', '/5', '/hot/6']) {
      const before = one.received;
      one.send(get(path));
      while (one.received === before) await once(one.socket, 'data');
    }
    expect(await one.bodies(6)).toEqual([
      'lane /hot/1',
      'route /2',
      'route /3',
      'lane /hot/4',
      'route /5',
      'lane /hot/6',
    ]);
    expect(routed).toEqual(['/2', '/3', '/5']);
  });

  test('says where it comes from', async () => {
    route = (request, response) => response.end(String(request.socket.remoteAddress));
    const one = await client();
    one.send(get('/where'));
    expect(await one.bodies(1)).toEqual(['127.0.0.1']);
  });

  test('is not overtaken by what comes after it', async () => {
    let finish = () => {};
    route = (_request, response) => (finish = () => response.end('first'));
    const one = await client();
    one.send(get('/slow'));
    while (routed.length === 0) await new Promise(setImmediate);
    one.send(get('/hot'));
    await new Promise((done) => setTimeout(done, 20)); // for it to come by itself
    finish();
    expect(await one.bodies(2)).toEqual(['first', 'lane /hot']);
  });

  test('has all the time that it takes', async () => {
    server.keepAliveTimeout = 20;
    route = (_request, response) => setTimeout(() => response.end('late'), 100);
    const one = await client();
    one.send(get('/slow'));
    expect(await one.bodies(1)).toEqual(['late']);
  });

  test('is over when its caller hangs up', async () => {
    const gone = new Promise((done) => {
      route = (_request, response) => response.once('close', done);
    });
    const one = await client();
    one.send(get('/never'));
    while (routed.length === 0) await new Promise(setImmediate);
    one.socket.destroy();
    await gone;
  });

  test('is answered in whole, however long it is', async () => {
    const long = 'a'.repeat(5_000_000);
    route = (_request, response) => response.end(long);
    const one = await client();
    one.send(get('/long'));
    one.socket.pause();
    await new Promise(setImmediate);
    one.socket.resume();
    while (one.received.length < long.length) await once(one.socket, 'data');
    while (!one.received.endsWith(long)) await once(one.socket, 'data');
  });
});

describe('a look further down', () => {
  const looking = async () => {
    while (lane.looks.length === 0) await new Promise(setImmediate);
    return lane.looks.shift()!;
  };

  test('is answered when something is found, before what came meanwhile', async () => {
    const one = await client();
    one.send(get('/below'));
    const found = await looking();
    one.send(get('/hot'));
    await new Promise(setImmediate);
    found(answer('found'));
    expect(await one.bodies(2)).toEqual(['found', 'lane /hot']);
    one.send(get('/hot/again'));
    expect((await one.bodies(3))[2]).toBe('lane /hot/again');
    expect(routed).toEqual([]);
  });

  test('that finds nothing leaves the request to Node, and what came meanwhile behind it', async () => {
    const one = await client();
    one.send(get('/below'));
    const found = await looking();
    one.send(get('/hot'));
    await new Promise(setImmediate);
    found(undefined);
    expect(await one.bodies(2)).toEqual(['route /below', 'lane /hot']);
    expect(routed[0]).toBe('/below');
  });

  test('is answered before a body that came meanwhile, over a connection that is Node’s from then on', async () => {
    const one = await client();
    one.send(get('/below'));
    const found = await looking();
    one.send('POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc');
    await new Promise(setImmediate);
    found(answer('found'));
    expect(await one.bodies(2)).toEqual(['found', 'route /post']);
    one.send(get('/hot'));
    expect((await one.bodies(3))[2]).toBe('lane /hot');
  });

  test('is nothing to a caller who hung up', async () => {
    const one = await client();
    one.send(get('/below'));
    const found = await looking();
    one.socket.destroy();
    await one.closed;
    await new Promise(setImmediate);
    found(undefined);
    await new Promise(setImmediate);
    expect(routed).toEqual([]);
  });

  test('is waited for when connections are let go of', async () => {
    const one = await client();
    one.send(get('/first'));
    await one.bodies(1); // Node knows the connection now, and thinks that it is idle
    one.send(get('/below'));
    const found = await looking();
    connections.closeIdleConnections();
    server.closeIdleConnections();
    found(answer('found'));
    await one.closed;
    expect(await one.bodies(2)).toEqual(['route /first', 'found']);
  });
});

describe('a connection over which something else comes is Node’s', () => {
  test.each([
    ['a body', [`POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`], ['route /post']],
    ['two requests at once', [get('/hot/1') + get('/hot/2')], ['lane /hot/1', 'lane /hot/2']],
    ['half a head', [get('/hot').slice(0, 12), get('/hot').slice(12)], ['lane /hot']],
  ])('%s', async (_what, pieces, bodies) => {
    for (const before of [[], ['/hot/before'], ['/before']]) {
      const one = await client();
      for (const path of before) one.send(get(path));
      await one.bodies(before.length);
      for (const piece of pieces) {
        one.send(piece);
        await new Promise((done) => setTimeout(done, 20)); // so that it comes in pieces
      }
      expect((await one.bodies(before.length + bodies.length)).slice(before.length)).toEqual(bodies);
      one.send(get('/hot/after'));
      expect((await one.bodies(before.length + bodies.length + 1)).at(-1)).toBe('lane /hot/after');
    }
  });

  test('what is no HTTP is refused as ever', async () => {
    server.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\nrefused'));
    const one = await client();
    one.send('nonsense\r\n\r\n');
    expect(await one.bodies(1)).toEqual(['refused']);
  });

  test('who does not read his answers is waited for', async () => {
    const long = answer('a'.repeat(20_000_000));
    lane.tryAtHand = ({ request }) => (request.url === '/hot' ? long : undefined);
    const one = await client();
    one.socket.pause();
    one.send(get('/hot'));
    await new Promise((done) => setTimeout(done, 50));
    one.send(get('/then'));
    while (routed.length === 0) await new Promise(setImmediate);
    one.socket.resume();
    while (one.received.length < long.body!.length) await once(one.socket, 'data');
    while (!one.received.endsWith('route /then')) await once(one.socket, 'data');
  });
});

test('a request of two hosts is for the route to refuse', async () => {
  const one = await client();
  one.send(get('/hot', 'Host: b'));
  expect(await one.bodies(1)).toEqual(['route /hot']);
  expect(routed).toEqual(['/hot']);
});

describe('the end of a connection', () => {
  test('comes sooner where nothing was ever asked', async () => {
    server.requestTimeout = 20;
    const silent = await client();
    await silent.closed;
    expect(silent.received).toBe('');
    const one = await client();
    one.send(get('/hot'));
    await one.bodies(1);
    await pause(100);
    one.send(get('/hot'));
    expect(await one.bodies(2)).toEqual(['lane /hot', 'lane /hot']);
  });

  test('comes after a silence', async () => {
    server.keepAliveTimeout = 20;
    const one = await client();
    one.send(get('/hot'));
    await one.closed;
    const other = await client();
    other.send(get('/then'));
    await other.closed;
  });

  test('is told to who asks once the process is ending', async () => {
    const one = await client();
    one.send(get('/first'));
    const other = await client();
    other.send(get('/hot'));
    await Promise.all([one.bodies(1), other.bodies(1)]);
    isEnding = true;
    route = (_request, response) => {
      response.shouldKeepAlive = false;
      response.end('last');
    };
    lane.tryAtHand = () => undefined;
    for (const each of [one, other]) {
      each.send(get('/hot'));
      await each.closed;
      expect(each.received).toMatch(/Connection: close\r\n[^]*last$/);
    }
  });

  test('comes at once where nothing is owed', async () => {
    const [silent, asked, behind] = [await client(), await client(), await client()];
    asked.send(get('/hot'));
    await asked.bodies(1);
    behind.send(get('/then'));
    await behind.bodies(1);
    connections.closeIdleConnections();
    await Promise.all([silent.closed, asked.closed, behind.closed]);
  });

  test('half of it is the end of both', async () => {
    const one = await client();
    one.send(get('/hot'));
    await one.bodies(1);
    one.socket.end();
    await one.closed;
  });
});
