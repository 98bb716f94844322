import { join } from 'node:path';
import { keepTo, processorNumbers, processorsOf } from '#libs/settings';
import type { DataFolder, Secrets } from './data-folder.js';
import { stopLeftovers } from './leftovers.js';
import type { ManagedProcess, Supervision } from './managed-process.js';
import { PrivatePostgres } from './private-postgres.js';
import { PrivateRedis, type RedisTemper } from './private-redis.js';
import { redisProgram } from './redis-program.js';
import { SupervisedApp } from './supervised-app.js';

export interface LocalStackOptions {
  readonly folder: DataFolder;
  /** Where the built applications lie: `<apps>/gateway/src/main.js`. */
  readonly apps: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/** @throws with the variable's name: this one is used before the gateway can complain about it */
function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Error('PORT: expected a whole number from 0 to 65535');
  return Number(text);
}

const EVERYTHING = /^/;
const NOTHING = /(?!)/;

type AppName = 'gateway' | 'worker';

/**
 * Heaps stay near what they need, where V8 would let them grow by the machine's memory. A worker's is flat with this, and has room for a plan of a million pages; a gateway's follows
 * what it holds.
 */
const NODE_FLAGS: Readonly<Record<AppName, readonly string[]>> = {
  gateway: ['--heap-growing-percent=20', '--max-semi-space-size=8', '--no-parallel-scavenge'],
  worker: ['--max-old-space-size=384'],
};

/** What the applications are told unless the environment says otherwise: as many host names are looked up at a time as pages are scraped, and more. */
const OWN_SETTINGS: Readonly<Record<AppName, Readonly<Record<string, string>>>> = {
  gateway: {},
  worker: { UV_THREADPOOL_SIZE: '64' },
};

/** How far they give way to others on this machine, as `nice` counts: who reads what is known doesn't wait while pages are scraped. */
const NICENESS: Readonly<Partial<Record<AppName, number>>> = { worker: 10 };

/** The whole system on one machine: private servers where no others are named, then the two applications as real processes. */
export class LocalStack {
  readonly host: string;
  readonly port: number;
  readonly secrets: Secrets;
  readonly operatorToken: string;
  readonly writerToken: string;
  /** As the gateway takes it. */
  readonly anonymousRead: string;
  /** Settles, with the reason, when a server ends that nobody stopped. */
  readonly broken: Promise<string>;
  private breakDown: (reason: string) => void = () => undefined;
  private readonly stopping = new AbortController();
  /** In the order of their start; the end goes the other way round. */
  private readonly parts: { stop(): Promise<void> }[] = [];

  constructor(private readonly options: LocalStackOptions) {
    const { environment, folder } = options;
    this.host = environment['HOST'] || '127.0.0.1';
    this.port = portOf(environment['PORT'] || '3000');
    this.secrets = folder.secrets();
    this.operatorToken = environment['OPERATOR_TOKEN'] || this.secrets.operatorToken;
    this.writerToken = environment['WRITER_TOKEN'] || this.secrets.writerToken;
    this.anonymousRead = environment['ANONYMOUS_READ'] || 'true';
    this.broken = new Promise((resolve) => {
      this.breakDown = resolve;
    });
  }

  /** Where those secrets are kept, for the owner's eyes. */
  get secretsFile(): string {
    return this.options.folder.secretsFile;
  }

  /** Where people of this machine reach it. */
  get url(): string {
    const reachable = this.host === '0.0.0.0' || this.host === '::' ? '127.0.0.1' : this.host;
    return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${this.port}`;
  }

  stopLeftovers(): Promise<void> {
    const { folder, apps, say } = this.options;
    return stopLeftovers(folder.run, [folder.path, apps, '/var/lib/warmlink/postgres-'], say);
  }

  async start(): Promise<void> {
    this.leaveGatewayAlone();
    const environment = await this.startServers();
    for (const name of ['worker', 'gateway'] as const) await this.startApp(name, environment);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.options.folder.forgetServers();
    for (const part of this.parts.splice(0).toReversed()) await part.stop();
    await this.stopLeftovers(); // what was still coming up
  }

  /** Keeps this process, and what it starts from now on, away from processors that the gateway is to have. It goes to them by itself. */
  private leaveGatewayAlone(): void {
    const list = this.options.environment['GATEWAY_CPUS'];
    if (!list) return;
    try {
      const taken = processorNumbers(list);
      const others = processorsOf().filter((processor) => !taken.includes(processor));
      if (others.length === 0) throw new Error('no processor is left for the rest');
      keepTo(others);
    } catch (error) {
      throw new Error(`GATEWAY_CPUS: ${(error as Error).message}`, { cause: error });
    }
  }

  /** @returns the applications' environment */
  private async startServers(): Promise<Record<string, string | undefined>> {
    const given = this.options.environment;
    const [database, cache, queue] = await Promise.all([
      given['DATABASE_URL'] || this.startPostgres(),
      given['REDIS_CACHE_URL'] || this.startRedis('cache'),
      given['REDIS_QUEUE_URL'] || this.startRedis('queue'),
    ]);
    const servers = { DATABASE_URL: database, REDIS_CACHE_URL: cache, REDIS_QUEUE_URL: queue };
    this.options.folder.tellServers({ ...servers, WARMLINK_URL: this.url, WARMLINK_KEY: this.writerToken });
    return {
      ...given,
      ...servers,
      ANONYMOUS_READ: this.anonymousRead,
      OPERATOR_TOKEN: this.operatorToken,
      WRITER_TOKEN: this.writerToken,
    };
  }

  private async startPostgres(): Promise<string> {
    const server = await PrivatePostgres.start({
      folder: join(this.options.folder.path, 'postgres'),
      password: this.secrets.postgresPassword,
      ...this.output('postgres', /\b(WARNING|ERROR|FATAL|PANIC):/),
    });
    this.watchServer(server);
    return server.url;
  }

  private async startRedis(temper: RedisTemper): Promise<string> {
    const server = await PrivateRedis.start({
      temper,
      program: redisProgram(this.options.say),
      folder: join(this.options.folder.path, `redis-${temper}`),
      password: this.secrets.redisPassword,
      ...this.output(`redis-${temper}`, NOTHING), // its warnings are about the machine, and it says its last words when it ends
    });
    this.watchServer(server);
    return server.url;
  }

  private async startApp(name: AppName, env: Record<string, string | undefined>): Promise<void> {
    const app = await SupervisedApp.start(
      {
        name,
        command: process.execPath,
        args: [...NODE_FLAGS[name], join(this.options.apps, name, 'src/main.js')],
        env: { ...OWN_SETTINGS[name], ...env },
        niceness: NICENESS[name],
        ...this.output(name, EVERYTHING),
      },
      new RegExp(`${name} is ready`),
      this.options.say,
    );
    this.parts.push(app);
  }

  private watchServer(server: { readonly process: ManagedProcess; stop(): Promise<void> }): void {
    this.parts.push(server);
    void server.process.ended.then((how) => {
      if (!this.stopping.signal.aborted) this.breakDown(how);
    });
  }

  /** Lines worth a look, with the name of who wrote them in front. */
  private output(name: string, worthy: RegExp): Supervision {
    return {
      signal: this.stopping.signal,
      pidFile: join(this.options.folder.run, `${name}.pid`),
      onLine: (line) => {
        if (worthy.test(line)) console.log(`${name.padEnd(11)}| ${line}`);
      },
    };
  }
}
