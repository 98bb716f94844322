import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** So many that a host's share of the visits stays within what politeness allows it. */
const HOSTS = 2_000;
const HOSTS_OF_A_NETWORK = 250;

/** Many sites on loopback, in a process of their own: what they take is not what is measured. */
export class Origin {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(): Promise<Origin> {
    const child = fork(join(import.meta.dirname, 'origin.child.js'));
    const [port] = (await once(child, 'message')) as [number];
    return new Origin(child, port);
  }

  /** A page as sites have them. Neighbouring numbers lie on different hosts. */
  page(number: number): string {
    return `${this.site(number)}/page/${number}`;
  }

  /** A small page that takes half a second. */
  slowPage(number: number): string {
    return `${this.site(number)}/slow/${number}`;
  }

  /** What the bad answer of this name is given to. */
  badPage(name: string, number: number): string {
    return `${this.site(number)}/bad/${name}/${number}`;
  }

  async stop(): Promise<void> {
    this.child.disconnect();
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }

  /** 127.0.1.1, 127.0.1.2 …: each is a host of its own. */
  private site(number: number): string {
    const host = number % HOSTS;
    const network = 1 + Math.floor(host / HOSTS_OF_A_NETWORK);
    return `http://127.0.${network}.${1 + (host % HOSTS_OF_A_NETWORK)}:${this.port}`;
  }
}
