import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { ManagedProcess, type Supervision } from './managed-process.js';

/** The cache may forget; the queue must not. */
export type RedisTemper = 'cache' | 'queue';

export interface PrivateRedisOptions extends Supervision {
  readonly temper: RedisTemper;
  readonly program: string;
  readonly folder: string;
  readonly password: string;
  /** A free one unless given. */
  readonly port?: number;
  /** More lines of its configuration, which win. */
  readonly settings?: readonly string[];
}

const SETTINGS: Readonly<Record<RedisTemper, readonly string[]>> = {
  cache: ['maxmemory 256mb', 'maxmemory-policy allkeys-lfu', 'appendonly no'],
  queue: ['maxmemory-policy noeviction', 'appendonly yes'],
};

/** A Redis server of our own on a free port of 127.0.0.1. */
export class PrivateRedis {
  private constructor(
    readonly process: ManagedProcess,
    readonly url: string,
    readonly folder: string,
    readonly port: number,
  ) {}

  static async start(options: PrivateRedisOptions): Promise<PrivateRedis> {
    const port = options.port ?? (await freePort());
    mkdirSync(options.folder, { recursive: true });
    chmodSync(options.folder, 0o700); // a queue's files say what is read here, and by whom
    // A file and not arguments: the password would stand in every list of processes.
    const file = join(options.folder, 'redis.conf');
    const lines = [
      `bind 127.0.0.1`,
      `port ${port}`,
      `requirepass ${options.password}`,
      `dir ${JSON.stringify(options.folder)}`,
      'save ""',
      'set-proc-title no', // so that the command line goes on naming this file, by which a leftover is recognised
      ...SETTINGS[options.temper],
      ...(options.settings ?? []),
    ];
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    const server = new ManagedProcess({
      ...options,
      name: `redis-${options.temper}`,
      command: options.program,
      args: [file],
    });
    await server.waitForLine(/Ready to accept connections/);
    return new PrivateRedis(server, `redis://:${options.password}@127.0.0.1:${port}`, options.folder, port);
  }

  stop(): Promise<void> {
    return this.process.stop('SIGTERM');
  }
}
