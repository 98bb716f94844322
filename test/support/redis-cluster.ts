import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { whyNotListen } from '../../apps/local/src/free-port.js';
import { PrivateRedis } from '../../apps/local/src/private-redis.js';
import { eventually } from './eventually.js';
import { lane, uniqueName } from './test-servers.js';
import type { Authority } from './tls.js';

const MASTERS = 3;
const SLOTS = 16_384;
const PASSWORD = 'a-test-password';

/** How long (ms) a node may be silent before the others replace it. The default is 15 s. */
const NODE_TIMEOUT_MS = 2_000;

export interface ClusterNode {
  readonly server: PrivateRedis;
  /** To ask and to order it. */
  readonly client: Redis;
  readonly port: number;
}

/** Three masters with a replica each, as servers of one spec's own. All of them keep what they have (`noeviction`). */
export class RedisCluster {
  private constructor(
    readonly nodes: readonly ClusterNode[],
    /** Names three of its nodes. */
    readonly url: string,
  ) {}

  /** @param authority with one the nodes speak nothing but TLS, among themselves, too */
  static async start(authority?: Authority): Promise<RedisCluster> {
    const nodes: ClusterNode[] = [];
    for (let place = 0; place < 2 * MASTERS; place += 1) nodes.push(await startNode(authority));
    const [scheme, host] = authority === undefined ? ['redis', '127.0.0.1'] : ['rediss', 'localhost'];
    const some = nodes.slice(1, 1 + MASTERS);
    const url = some.map(({ port }) => `${scheme}://:${PASSWORD}@${host}:${port}`).join(',');
    const cluster = new RedisCluster(nodes, url);
    await cluster.form();
    return cluster;
  }

  /** The master that has a key now, as the others see it. */
  async ownerOf(key: string): Promise<ClusterNode> {
    const client = this.nodes.map((node) => node.client).find(({ status }) => status === 'ready')!;
    const slot = await client.cluster('KEYSLOT', key);
    const ranges = await client.cluster('SLOTS');
    const [, , master] = ranges.find(([from, to]) => from <= slot && slot <= to)!;
    return this.nodes.find(({ port }) => port === master?.[1])!;
  }

  async stop(): Promise<void> {
    for (const { client } of this.nodes) client.disconnect();
    await Promise.all(this.nodes.map(({ server }) => server.stop()));
  }

  private async form(): Promise<void> {
    const masters = this.nodes.slice(0, MASTERS);
    const replicas = this.nodes.slice(MASTERS);
    for (const [place, { client }] of masters.entries()) {
      const slotAt = (share: number) => Math.floor((SLOTS * share) / MASTERS);
      const count = slotAt(place + 1) - slotAt(place);
      await client.cluster('ADDSLOTS', ...Array.from({ length: count }, (_, next) => slotAt(place) + next));
      await client.cluster('SET-CONFIG-EPOCH', place + 1);
    }
    for (const { port } of this.nodes.slice(1))
      await this.nodes[0]!.client.call('CLUSTER', 'MEET', '127.0.0.1', port, port + BUS);
    await this.all(({ client }) => client.cluster('INFO'), /cluster_state:ok[^]*cluster_known_nodes:6/);
    for (const [place, { client }] of replicas.entries())
      await client.cluster('REPLICATE', await masters[place]!.client.cluster('MYID'));
    await Promise.all(
      replicas.map(({ client }) =>
        eventually(
          () => client.info('replication'),
          (info) => info.includes('master_link_status:up'),
        ),
      ),
    );
    // Until each has heard of the replicas a client would be told of masters alone.
    await this.all(
      async ({ client }) => JSON.stringify(await client.cluster('SLOTS')),
      namesEach(this.nodes),
    );
  }

  private async all(ask: (node: ClusterNode) => Promise<unknown>, wished: RegExp): Promise<void> {
    const said = (node: ClusterNode) => async () => String(await ask(node));
    await Promise.all(this.nodes.map((node) => eventually(said(node), (text) => wished.test(text))));
  }
}

async function startNode(authority: Authority | undefined): Promise<ClusterNode> {
  const port = await portWithBus();
  const folder = join(lane.folder, uniqueName('redis-node'));
  const server = await PrivateRedis.start({
    temper: 'queue',
    program: lane.redisProgram,
    folder,
    port,
    password: PASSWORD,
    onLine: () => undefined,
    settings: [
      'cluster-enabled yes',
      `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
      'repl-diskless-sync-delay 0', // or five seconds pass before it is whole
      `masterauth ${PASSWORD}`,
      ...(authority === undefined ? [] : tlsSettings(port, authority)),
    ],
  });
  const client = new Redis({
    port,
    password: PASSWORD,
    ...(authority === undefined ? { host: '127.0.0.1' } : { host: 'localhost', tls: { ca: authority.cert } }),
  });
  client.on('error', () => undefined); // it is killed
  return { server, client, port };
}

/** Lines of a node's configuration, with a certificate in files of its own. */
function tlsSettings(port: number, authority: Authority): readonly string[] {
  const file = (text: string) => {
    const path = join(lane.folder, uniqueName('node-tls'));
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const { cert, key } = authority.issue();
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-cert-file ${file(cert)}`,
    `tls-key-file ${file(key)}`,
    `tls-ca-cert-file ${authority.file}`,
    'tls-auth-clients no',
    'tls-cluster yes',
    'tls-replication yes',
    'cluster-announce-hostname localhost',
    'cluster-preferred-endpoint-type hostname',
  ];
}

/** Nodes talk among themselves on a port that is so much higher. */
const BUS = 10_000;

async function portWithBus(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const taken = await Promise.all([port, port + BUS].map((one) => whyNotListen(one, '127.0.0.1')));
    if (taken.every((why) => why === undefined)) return port;
  }
}

/** Matches a text that has the port of each. */
function namesEach(nodes: readonly ClusterNode[]): RegExp {
  return new RegExp(nodes.map(({ port }) => `(?=[^]*\\b${port}\\b)`).join(''));
}
