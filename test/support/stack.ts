import { join } from 'node:path';
import { ManagedProcess } from '../../apps/local/src/managed-process.js';
import type { PrivateRedis } from '../../apps/local/src/private-redis.js';
import { freshDatabase, freshRedis } from './test-servers.js';

export const TOKENS = {
  reader: 'reader-token-of-the-tests',
  writer: 'writer-token-of-the-tests',
  operator: 'operator-token-of-the-tests',
};

/** A running application and what it said. */
export interface App {
  readonly process: ManagedProcess;
  readonly log: readonly string[];
}

export interface Gateway extends App {
  readonly url: string;
}

/** Its address answers for health and metrics alone. */
export type Worker = Gateway;

/** A job as Bull Board shows it. */
export interface JobView {
  readonly data: { readonly url: string };
  readonly priority: number;
  readonly returnValue: unknown;
}

/** All sites of the tests are one host, and late with their robots.txt while a test is busy: only what is about politeness minds how often they are visited, and what they forbid. */
const IMPOLITE = { HOST_CONCURRENCY: '1000', HOST_SPACING: '0ms', ROBOTS: 'ignore' };

/** Whoever goes without something shall have found a fault, and not a machine that is busy: only what is about a deadline sets one that is near. */
const PATIENT = {
  CACHE_DEADLINE: '5s',
  STORE_DEADLINE: '10s',
  PALETTE_WAIT: '25s',
  FETCH_TIMEOUT: '25s',
  FETCH_HEADERS_TIMEOUT: '25s',
};

type Environment = Readonly<Record<string, string>>;

export interface StackOptions {
  readonly gateways?: number;
  readonly workers?: number;
  /** A database that another stack filled; otherwise an empty one. */
  readonly databaseUrl?: string;
  /** For every process; the settings that the tests need are there already. */
  readonly environment?: Environment;
}

/** The two applications as processes, on a database and Redis servers of their own. */
export class Stack {
  readonly gateways: Gateway[] = [];
  readonly workers: Worker[] = [];

  private constructor(
    readonly databaseUrl: string,
    readonly cache: PrivateRedis,
    readonly queue: PrivateRedis,
    private readonly environment: Environment,
  ) {}

  static async start({
    gateways = 1,
    workers = 1,
    environment = {},
    databaseUrl,
  }: StackOptions = {}): Promise<Stack> {
    const [database, cache, queue] = await Promise.all([
      databaseUrl ?? freshDatabase(),
      freshRedis('cache'),
      freshRedis('queue'),
    ]);
    const stack = new Stack(database, cache, queue, environment);
    await Promise.all([
      ...Array.from({ length: gateways }, () => stack.addGateway()),
      ...Array.from({ length: workers }, () => stack.addWorker()),
    ]);
    return stack;
  }

  get gateway(): Gateway {
    const [first] = this.gateways;
    if (first === undefined) throw new Error('this stack has no gateway');
    return first;
  }

  async addGateway(environment: Environment = {}): Promise<Gateway> {
    const app = this.spawn('gateway', { PORT: '0', ...environment });
    await app.process.waitForLine(/gateway is ready/);
    const gateway = { ...app, url: urlOf(app) };
    this.gateways.push(gateway);
    return gateway;
  }

  async addWorker(environment: Environment = {}): Promise<Worker> {
    const app = this.spawn('worker', { WORKER_PORT: '0', ...environment });
    await app.process.waitForLine(/worker is ready/);
    const worker = { ...app, url: urlOf(app) };
    this.workers.push(worker);
    return worker;
  }

  /** Jobs in a state, as an operator sees them. */
  async jobs(state: string): Promise<readonly JobView[]> {
    const { body } = await get(
      this.gateway,
      `/queues/api/queues?activeQueue=previews&status=${state}&jobsPerPage=100`,
      {
        authorization: `Basic ${Buffer.from(`operator:${TOKENS.operator}`).toString('base64')}`,
      },
    );
    return body.queues[0].jobs;
  }

  /** Starts an application that is to refuse, and gives what it said. */
  async failToStart(name: 'gateway' | 'worker', environment: Environment): Promise<string> {
    const { process, log } = this.spawn(name, environment);
    await process.ended;
    return log.join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all([...this.gateways, ...this.workers].map(({ process }) => process.stop()));
    await Promise.all([this.cache.stop(), this.queue.stop()]);
  }

  private spawn(name: 'gateway' | 'worker', environment: Environment): App {
    const log: string[] = [];
    const app = new ManagedProcess({
      name,
      command: process.execPath,
      args: [join(process.cwd(), 'dist/apps', name, 'src/main.js')],
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: this.databaseUrl,
        REDIS_CACHE_URL: this.cache.url,
        REDIS_QUEUE_URL: this.queue.url,
        FETCH_ALLOW_CIDRS: '127.0.0.0/8',
        ...IMPOLITE,
        ...PATIENT,
        READER_TOKEN: TOKENS.reader,
        WRITER_TOKEN: TOKENS.writer,
        OPERATOR_TOKEN: TOKENS.operator,
        ANONYMOUS_READ: 'true',
        ...this.environment,
        ...environment,
      },
      onLine: (line) => log.push(line),
    });
    return { process: app, log };
  }
}

/** Where it listens, as it said itself. */
function urlOf({ log }: App): string {
  const line = log.find((entry) => / is ready/.test(entry)) ?? '{}';
  return (JSON.parse(line) as { url: string }).url;
}

/** An answer of a gateway, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests look at whatever fields they are about.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export async function get(
  gateway: Gateway,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return call(gateway, 'GET', path, { headers });
}

export async function call(
  gateway: Gateway,
  method: string,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(gateway.url + path, { method, ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}

/** @param options more of the query, such as `&ttl=1m` */
export async function read(
  gateway: Gateway,
  url: string,
  headers: Record<string, string> = {},
  options = '',
): Promise<Answer> {
  return get(gateway, `/v1/preview?url=${encodeURIComponent(url)}${options}`, headers);
}
