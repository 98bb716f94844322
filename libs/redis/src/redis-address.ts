/** Where a Redis is, and how to be let in. */
export interface RedisAddress {
  /** The one server, or some of a cluster: those name the others. */
  readonly nodes: readonly RedisNode[];
  readonly isCluster: boolean;
  /** Of all nodes. */
  readonly login: { readonly username?: string; readonly password?: string };
  readonly isTls: boolean;
  /** A cluster has but one. */
  readonly database: number | undefined;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** What was written is no address. Its message never has any of it: a password may be there. */
export class InvalidRedisAddress extends Error {}

/** A comma before another address, which no password has. */
const NEXT_ADDRESS = /\s*,\s*(?=rediss?:\/\/)/;

/**
 * Reads `redis://[user:password@]host[:port][/database]` (`rediss://`: TLS). Several of these with commas between are nodes of one cluster, as is a single one with
 * `?cluster=true`: a name that leads to any of its nodes.
 *
 * @throws {InvalidRedisAddress}
 */
export function redisAddress(text: string): RedisAddress {
  const urls = text.trim().split(NEXT_ADDRESS).map(nodeUrl);
  const [first] = urls as [URL];
  const isCluster = urls.length > 1 || first.searchParams.get('cluster') === 'true';
  const isAlike = ({ protocol, username, password }: URL) =>
    protocol === first.protocol && username === first.username && password === first.password;
  if (!urls.every(isAlike))
    throw new InvalidRedisAddress('names nodes of one cluster with different schemes, users or passwords');
  const databases = urls.map(({ pathname }) => (pathname.length > 1 ? Number(pathname.slice(1)) : undefined));
  if (isCluster && databases.some((database) => database !== undefined && database !== 0))
    throw new InvalidRedisAddress('has a number for a database, and a cluster has but one');
  return {
    nodes: urls.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 6379),
    })),
    isCluster,
    login: {
      ...(first.username !== '' && { username: decodeURIComponent(first.username) }),
      ...(first.password !== '' && { password: decodeURIComponent(first.password) }),
    },
    isTls: first.protocol === 'rediss:',
    database: databases[0],
  };
}

function nodeUrl(text: string): URL {
  if (!/^rediss?:\/\//.test(text))
    throw new InvalidRedisAddress('expected redis://[user:password@]host:port[/db] or rediss://…');
  if (!URL.canParse(text)) throw new InvalidRedisAddress('is not a URL');
  const url = new URL(text);
  if (url.hostname.includes(','))
    throw new InvalidRedisAddress('expected a whole redis://… for each node, with commas between');
  if (!/^\/?\d*$/.test(url.pathname)) throw new InvalidRedisAddress('has no number for a database');
  return url;
}
