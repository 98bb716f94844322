import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { cacheRedisAt, redisEnv } from '#libs/redis';
import { commandEnvironment, InvalidSettings, readSettings } from '#libs/settings';
import { type ApiKey, ApiKeys, dataSourceOptions, migrate, storeEnv } from '#libs/store';
import { withinDeadline } from '#libs/preview';
import { RevocationChannel } from '../access/revocation-channel.js';
import { keyName, keyRole } from './keys.schema.js';

const USAGE = `Usage: npm run keys -- create --role reader|writer|operator --name NAME
       npm run keys -- list
       npm run keys -- revoke ID

Keys of callers. A new one's secret is told once, alone on standard output. Finds the servers of an npm start in this folder;
elsewhere it needs DATABASE_URL, and REDIS_CACHE_URL if gateways are to let go of a revoked key at once (else within a minute).`;

/** What it reads. */
const keysEnv = { ...storeEnv, REDIS_CACHE_URL: redisEnv.REDIS_CACHE_URL.optional() };

/** Longest wait for a connection to Redis, in ms. */
const CONNECT_PATIENCE_MS = 2_000;

type KeysEnv = z.output<z.ZodObject<typeof keysEnv>>;

/** What was typed can't be done. */
class UsageError extends Error {}

const create = async (keys: ApiKeys, options: { readonly name?: string; readonly role?: string }) => {
  const { secret, ...key } = await keys.create({
    name: valid(keyName, options.name, '--name'),
    role: valid(keyRole, options.role, '--role'),
  });
  console.error(`${lineOf(key)}\nIts secret is told once. It goes into the header x-api-key:`);
  console.log(secret);
};

const list = async (keys: ApiKeys) => {
  for (const key of await keys.list()) console.log(lineOf(key));
};

const revoke = async (keys: ApiKeys, id: string | undefined, redisUrl: string | undefined) => {
  const key = await keys.revoke(valid(z.uuid('ID must be one that list shows'), id, 'ID'));
  if (key === undefined) throw new UsageError(`There is no key with the id ${id}.`);
  console.log(lineOf(key));
  const told = redisUrl === undefined ? undefined : await tellGateways(key.id, redisUrl);
  console.log(
    told === undefined
      ? 'Gateways could not be told: they let go of it within a minute.'
      : `Gateways that were told: ${told}.`,
  );
};

async function tellGateways(id: string, redisUrl: string): Promise<number | undefined> {
  const redis = cacheRedisAt(redisUrl);
  try {
    await withinDeadline(redis.connect(), CONNECT_PATIENCE_MS, 'Redis connect');
    return await new RevocationChannel(redis).tell(id);
  } catch {
    return undefined;
  } finally {
    await redis.close();
  }
}

function valid<T>(schema: z.ZodType<T>, given: string | undefined, what: string): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new UsageError(given === undefined ? `${what} is missing.` : result.error.issues[0]!.message);
}

function lineOf({ id, name, role, ending, createdAt, revokedAt }: ApiKey): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const since = `${day(createdAt)}${revokedAt === null ? '' : `, revoked ${day(revokedAt)}`}`;
  return `${id}  ${role.padEnd(8)}  …${ending}  ${since}  ${name}`;
}

async function run(): Promise<void> {
  const { values, positionals } = typed();
  const [command = '', id, ...more] = positionals;
  if (values.help === true) return console.log(USAGE);
  const isKnown = ['create', 'list', 'revoke'].includes(command);
  if (!isKnown || more.length > 0 || (id !== undefined && command !== 'revoke')) throw new UsageError(USAGE);
  const env: KeysEnv = readSettings(keysEnv, commandEnvironment(process.env));
  const dataSource = await new DataSource(dataSourceOptions(env.DATABASE_URL, 2)).initialize();
  try {
    await migrate(dataSource);
    const keys = new ApiKeys(dataSource);
    if (command === 'create') await create(keys, values);
    else if (command === 'list') await list(keys);
    else await revoke(keys, id, env.REDIS_CACHE_URL);
  } finally {
    await dataSource.destroy();
  }
}

function typed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { name: { type: 'string' }, role: { type: 'string' }, help: { type: 'boolean' } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}

try {
  await run();
} catch (error) {
  const isForeseen = error instanceof UsageError || error instanceof InvalidSettings;
  console.error(isForeseen ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
