import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOurs } from './leftovers.js';

/** Made once, so that data and log-ins survive a restart. */
export interface Secrets {
  readonly postgresPassword: string;
  readonly redisPassword: string;
  readonly operatorToken: string;
  readonly writerToken: string;
}

/** `.warmlink`: all that the one-command stack keeps. */
export class DataFolder {
  readonly run: string;

  constructor(readonly path: string) {
    this.run = join(path, 'run');
    mkdirSync(this.run, { recursive: true });
  }

  /**
   * @param launcherPath as it stands in a launcher's command line, however that was started: its last part
   * @throws when another launcher is at work on this folder: two would fight over the data
   */
  claim(launcherPath: string): void {
    const file = join(this.path, 'launcher.pid');
    const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : Number.NaN;
    if (pid !== process.pid && isOurs(pid, [launcherPath])) {
      throw new Error(`Warmlink is already running here (pid ${pid}).`);
    }
    writeFileSync(file, String(process.pid));
  }

  secrets(): Secrets {
    const file = this.secretsFile;
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
    const secrets: Secrets = {
      postgresPassword: secret(),
      redisPassword: secret(),
      operatorToken: secret(),
      writerToken: secret(),
    };
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    return secrets;
  }

  /** Tells commands that are run in the same folder where the servers are, and with what to open them; for the owner's eyes. */
  tellServers(variables: Readonly<Record<string, string>>): void {
    const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`);
    writeFileSync(this.servers, lines.join(''), { mode: 0o600 });
  }

  forgetServers(): void {
    rmSync(this.servers, { force: true });
  }

  get secretsFile(): string {
    return join(this.path, 'secrets.json');
  }

  private get servers(): string {
    return join(this.path, 'servers.env');
  }
}

function secret(): string {
  return randomBytes(18).toString('base64url');
}
