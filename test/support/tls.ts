import { chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { Client } from 'pg';
import { freePort } from '../../apps/local/src/free-port.js';
import type { PrivatePostgres } from '../../apps/local/src/private-postgres.js';
import type { PrivateRedis, RedisTemper } from '../../apps/local/src/private-redis.js';
import { ThrowawayAuthority } from '../../apps/worker/src/fetch/trial/throwaway-certificate.js';
import { freshPostgres, freshRedis, lane, uniqueName } from './test-servers.js';

/** The name that certificates are for; of 127.0.0.1, the same place, they say nothing. */
const HOST = 'localhost';

export interface Authority {
  /** Where its own certificate lies (PEM). */
  readonly file: string;
  readonly cert: string;
  readonly issue: () => { readonly cert: string; readonly key: string };
}

/** A server that speaks nothing but TLS. */
export interface TlsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** An authority of one spec's own. */
export function anAuthority(): Authority {
  const authority = new ThrowawayAuthority();
  const folder = join(lane.folder, uniqueName('authority'));
  mkdirSync(folder);
  const file = join(folder, 'ca.pem');
  writeFileSync(file, authority.cert);
  return { file, cert: authority.cert, issue: () => authority.issue(HOST) };
}

/** @returns its URL says `sslmode=verify-full`, and who is believed */
export async function aTlsPostgres(authority: Authority): Promise<TlsServer> {
  const server = await freshPostgres();
  await requireTls(server, authority);
  const url = new URL(server.url);
  url.hostname = HOST;
  url.search = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: authority.file }).toString();
  return { url: url.href, stop: () => server.stop() };
}

async function requireTls(server: PrivatePostgres, authority: Authority): Promise<void> {
  const data = join(server.folder, 'data');
  const { uid, gid } = statSync(data); // it reads no key that another user could have written
  const { cert, key } = authority.issue();
  for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
    writeFileSync(join(data, name), text, { mode: 0o600 });
    chownSync(join(data, name), uid, gid);
  }
  writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  const client = new Client(server.url);
  await client.connect();
  await client.query('ALTER SYSTEM SET ssl = on');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}

export async function aTlsRedis(temper: RedisTemper, authority: Authority): Promise<TlsServer> {
  const server = await freshRedis(temper);
  const port = await leavePlainPort(server, authority);
  const url = new URL(server.url);
  return { url: `rediss://:${url.password}@${HOST}:${port}`, stop: () => server.stop() };
}

/** @returns the port that takes its place */
async function leavePlainPort(server: PrivateRedis, authority: Authority): Promise<number> {
  const port = await freePort();
  const [cert, key] = [join(server.folder, 'server.crt'), join(server.folder, 'server.key')];
  const issued = authority.issue();
  writeFileSync(cert, issued.cert);
  writeFileSync(key, issued.key, { mode: 0o600 });
  const client = createClient({ url: server.url });
  await client.connect();
  await client.configSet({
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-ca-cert-file': authority.file,
    'tls-auth-clients': 'no',
    'tls-port': String(port),
  });
  await client.configSet('port', '0');
  await client.disconnect();
  return port;
}
