import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { call, type Gateway, type Stack, TOKENS } from './stack.js';

/** A key as the API tells of it when it is made. */
export interface MadeKey {
  readonly id: string;
  readonly secret: string;
}

const asOperator = { 'x-api-key': TOKENS.operator };

export async function makeKey(gateway: Gateway, role: string, name = `a ${role}`): Promise<MadeKey> {
  const { status, body } = await call(gateway, 'POST', '/v1/keys', {
    headers: { ...asOperator, 'content-type': 'application/json' },
    body: JSON.stringify({ name, role }),
  });
  if (status !== 201) throw new Error(`no key was made: ${JSON.stringify(body)}`);
  return body.data;
}

export function revokeKey(gateway: Gateway, id: string) {
  return call(gateway, 'DELETE', `/v1/keys/${id}`, { headers: asOperator });
}

/** The status that a key meets where its role isn't looked at any further: a job that isn't there, or the door. */
export async function knock(gateway: Gateway, secret: string): Promise<number> {
  const path = '/v1/jobs/00000000-0000-4000-8000-000000000000';
  return (await call(gateway, 'GET', path, { headers: { 'x-api-key': secret } })).status;
}

/** What `npm run keys -- …` says on standard output. */
export function runKeys(stack: Stack, args: readonly string[], environment = {}): string {
  return execFileSync(
    process.execPath,
    [join(process.cwd(), 'dist/apps/gateway/src/keys/keys.cli.js'), ...args],
    {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: stack.databaseUrl,
        REDIS_CACHE_URL: stack.cache.url,
        ...environment,
      },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  ).trim();
}
