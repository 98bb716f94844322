import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './free-port.js';
import { ManagedProcess, type Supervision } from './managed-process.js';
import { type PostgresHome, postgresHome } from './postgres-home.js';

export interface PrivatePostgresOptions extends Supervision {
  /** Data, kept between starts. */
  readonly folder: string;
  /** For the one user, `warmlink`. Fixed once the data exists. */
  readonly password: string;
  /** A free one unless given. */
  readonly port?: number;
  /** More settings, such as `fsync=off` for tests. */
  readonly settings?: readonly string[];
}

const USER = 'warmlink';
const DATABASE = 'warmlink';

/** A PostgreSQL server of our own on a free port of 127.0.0.1. */
export class PrivatePostgres {
  private constructor(
    readonly process: ManagedProcess,
    readonly url: string,
    readonly folder: string,
    readonly port: number,
  ) {}

  static async start(options: PrivatePostgresOptions): Promise<PrivatePostgres> {
    const home = postgresHome(options.folder);
    const data = join(home.folder, 'data');
    if (!existsSync(join(data, 'PG_VERSION'))) await initialise(home, data, options);
    const port = options.port ?? (await freePort());
    const server = new ManagedProcess({
      ...options,
      name: 'postgres',
      command: join(home.programs, 'bin', 'postgres'),
      args: ['-D', data, '-p', String(port), ...settings(options.settings ?? [])],
      user: home.user,
    });
    await server.waitForLine(/ready to accept connections/);
    const base = `postgres://${USER}:${encodeURIComponent(options.password)}@127.0.0.1:${port}`;
    await createDatabase(`${base}/postgres`);
    return new PrivatePostgres(server, `${base}/${DATABASE}`, options.folder, port);
  }

  /** "Fast" shutdown: open connections are ended, what was committed is safe. */
  stop(): Promise<void> {
    return this.process.stop('SIGINT');
  }
}

function settings(more: readonly string[]): string[] {
  return [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'lc_messages=C', // the start is recognised by what the server says
    ...more,
  ].flatMap((setting) => ['-c', setting]);
}

/** Makes the data folder, whole or not at all: an interrupted one is begun anew. */
async function initialise(home: PostgresHome, data: string, options: PrivatePostgresOptions): Promise<void> {
  const unfinished = `${data}.unfinished`;
  const passwordFile = join(home.folder, 'password');
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordFile, options.password, { mode: 0o600 });
  if (home.user !== undefined) chownSync(passwordFile, home.user.uid, home.user.gid);
  const initdb = new ManagedProcess({
    ...options,
    name: 'initdb',
    command: join(home.programs, 'bin', 'initdb'),
    args: [
      `--pgdata=${unfinished}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--lc-messages=C', // its success is recognised by what it says
      '--no-locale',
    ],
    user: home.user,
  });
  try {
    await initdb.waitForLine(/^Success\./);
    await initdb.ended;
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, data);
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
