import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrivatePostgres } from '../../dist/apps/local/src/private-postgres.js';
import { PrivateRedis } from '../../dist/apps/local/src/private-redis.js';
import { redisProgram } from '../../dist/apps/local/src/redis-program.js';

/**
 * Before a lane: a Postgres and two Redis servers of its own, on free ports, with fresh data. Plain JavaScript, because Jest loads
 * it before any transformation; it uses what the one-command stack uses, as it was built.
 */
export default async function startServers() {
  const folder = mkdtempSync(join(tmpdir(), 'warmlink-test-'));
  chmodSync(folder, 0o711); // root's Postgres runs as another user, who must get through
  const program = redisProgram((line) => process.stdout.write(`${line}\n`));
  const onLine = () => undefined; // a server that doesn't come up reports its last words itself
  const password = 'a-test-password';
  const [postgres, cache, queue] = await Promise.all([
    PrivatePostgres.start({ folder: join(folder, 'postgres'), password, settings: ['fsync=off'], onLine }),
    PrivateRedis.start({ temper: 'cache', program, folder: join(folder, 'redis-cache'), password, onLine }),
    PrivateRedis.start({ temper: 'queue', program, folder: join(folder, 'redis-queue'), password, onLine }),
  ]);
  process.env.TEST_FOLDER = folder;
  process.env.TEST_REDIS_PROGRAM = program;
  process.env.TEST_DATABASE_URL = postgres.url;
  process.env.TEST_REDIS_CACHE_URL = cache.url;
  process.env.TEST_REDIS_QUEUE_URL = queue.url;
  globalThis.testServers = { folder, servers: [postgres, cache, queue] };
}
