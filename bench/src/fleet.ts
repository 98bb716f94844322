import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ManagedProcess } from '../../apps/local/src/managed-process.js';
import { PrivatePostgres } from '../../apps/local/src/private-postgres.js';
import { PrivateRedis, type RedisTemper } from '../../apps/local/src/private-redis.js';
import { redisProgram } from '../../apps/local/src/redis-program.js';
import { PATIENT } from './launched-stack.js';

const PASSWORD = 'a-bench-password';

type Environment = Readonly<Record<string, string>>;

interface Servers {
  readonly postgres: PrivatePostgres;
  readonly cache: PrivateRedis;
  readonly queue: PrivateRedis;
}

/** Any number of gateways and workers that come and go, on servers of their own. */
export class Fleet {
  private readonly running = new Set<ManagedProcess>();

  private constructor(
    /** Of its own, and gone with it. */
    readonly folder: string,
    private readonly servers: Servers,
    private readonly environment: Environment,
  ) {}

  /** @param environment of all gateways and workers */
  static async start(environment: Environment): Promise<Fleet> {
    const folder = mkdtempSync(join(tmpdir(), 'warmlink-bench-'));
    chmodSync(folder, 0o755); // so that root's Postgres, which runs as another user, can keep its data here
    const program = redisProgram(console.error);
    const redis = (temper: RedisTemper) =>
      PrivateRedis.start({
        temper,
        program,
        folder: join(folder, `redis-${temper}`),
        password: PASSWORD,
        onLine: silent,
      });
    const [postgres, cache, queue] = await Promise.all([
      PrivatePostgres.start({ folder: join(folder, 'postgres'), password: PASSWORD, onLine: silent }),
      redis('cache'),
      redis('queue'),
    ]);
    return new Fleet(folder, { postgres, cache, queue }, environment);
  }

  /** For whoever looks at the queue. */
  get redisQueueUrl(): string {
    return this.servers.queue.url;
  }

  /** Resolves when it is ready. */
  async startWorker(): Promise<ManagedProcess> {
    return this.startApp('worker', {});
  }

  /** The same, for a gateway on a port of 127.0.0.1. */
  async startGateway(port: number): Promise<ManagedProcess> {
    return this.startApp('gateway', { PORT: String(port) });
  }

  /** Stops one as an operator does, and waits for its end. */
  async end(app: ManagedProcess): Promise<string> {
    await app.stop();
    this.running.delete(app);
    return app.ended;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running].map((app) => app.stop()));
    const { postgres, cache, queue } = this.servers;
    await Promise.all([postgres.stop(), cache.stop(), queue.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async startApp(name: 'gateway' | 'worker', environment: Environment): Promise<ManagedProcess> {
    const { postgres, cache, queue } = this.servers;
    const app = new ManagedProcess({
      name,
      command: process.execPath,
      args: [resolve('dist/apps', name, 'src/main.js')],
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: postgres.url,
        REDIS_CACHE_URL: cache.url,
        REDIS_QUEUE_URL: queue.url,
        FETCH_ALLOW_CIDRS: '127.0.0.0/8',
        ANONYMOUS_READ: 'true',
        ...PATIENT,
        ...this.environment,
        ...environment,
      },
      onLine: (line) => {
        if (/"level":50/.test(line)) console.error(`${name} | ${line}`);
      },
    });
    this.running.add(app);
    await app.waitForLine(new RegExp(`${name} is ready`));
    return app;
  }
}

function silent(): void {}
