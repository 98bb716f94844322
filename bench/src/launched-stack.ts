import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { commandEnvironment } from '#libs/settings';

/** A Postgres that others keep from its work is waited for: a read is late then, which is measured, and fails for a fault alone. */
export const PATIENT = { STORE_DEADLINE: '10s' };

/** The sites are one host on loopback: what is measured is the service, and not its patience with them. */
const ENVIRONMENT = {
  ...PATIENT,
  FETCH_ALLOW_CIDRS: '127.0.0.0/8',
  HOST_CONCURRENCY: '1000',
  HOST_SPACING: '0ms',
  ROBOTS: 'ignore',
};

/** For who spreads his visits over many hosts: as it is by default. */
export const POLITE = { HOST_CONCURRENCY: '2', HOST_SPACING: '250ms', ROBOTS: 'background' };

/** The whole service as `npm start` brings it, in a folder of its own. */
export class LaunchedStack {
  private constructor(
    readonly folder: string,
    private readonly port: number,
    private readonly launcher: ChildProcess,
  ) {}

  static async start(port: number, environment: Readonly<Record<string, string>>): Promise<LaunchedStack> {
    const folder = mkdtempSync(join(tmpdir(), 'warmlink-bench-'));
    chmodSync(folder, 0o755); // so that root's Postgres, which runs as another user, can keep its data here
    const launcher = spawn(process.execPath, [resolve('dist/apps/local/src/main.js')], {
      cwd: folder,
      env: { ...process.env, ...ENVIRONMENT, PORT: String(port), ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const stack = new LaunchedStack(folder, port, launcher);
    await new Promise<void>((done, failed) => {
      launcher.once('exit', () => failed(new Error('the stack did not come up')));
      launcher.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('Ctrl-C stops everything')) done();
      });
    });
    return stack;
  }

  /** Where the preview of a page is read. */
  readUrl(page: string): string {
    return `http://127.0.0.1:${this.port}/v1/preview?url=${encodeURIComponent(page)}`;
  }

  get databaseUrl(): string {
    return this.serverUrl('DATABASE_URL');
  }

  get redisCacheUrl(): string {
    return this.serverUrl('REDIS_CACHE_URL');
  }

  get redisQueueUrl(): string {
    return this.serverUrl('REDIS_QUEUE_URL');
  }

  /** Process id of a part. */
  pidOf(name: 'gateway' | 'worker' | 'redis-cache'): number {
    return Number(readFileSync(join(this.folder, `.warmlink/run/${name}.pid`), 'utf8'));
  }

  async stop(): Promise<void> {
    this.launcher.kill('SIGINT');
    if (this.launcher.exitCode === null) await new Promise((done) => this.launcher.once('exit', done));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private serverUrl(name: 'DATABASE_URL' | 'REDIS_CACHE_URL' | 'REDIS_QUEUE_URL'): string {
    return commandEnvironment({}, join(this.folder, '.warmlink/servers.env'))[name]!;
  }
}
