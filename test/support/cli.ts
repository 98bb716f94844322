import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { TOKENS } from './stack.js';

const PROGRAM = join(process.cwd(), 'dist/apps/cli/src/main.js');

/** How the command line ended, and what it said. */
export interface CliEnd {
  readonly exitCode: number | null;
  readonly result: string;
  readonly complaint: string;
}

export interface CliOptions {
  readonly gateway: { readonly url: string };
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A process of the command line, with a writer's key. */
export class Cli {
  private readonly said = { stdout: '', stderr: '' };
  private readonly child;
  readonly ended: Promise<CliEnd>;

  constructor(
    args: readonly string[],
    { gateway, input, environment, cwd }: CliOptions,
    command: readonly [string, ...string[]] = [process.execPath, PROGRAM],
  ) {
    const [program, ...first] = command;
    this.child = spawn(program, [...first, ...args], {
      env: {
        PATH: process.env['PATH'],
        WARMLINK_URL: gateway.url,
        WARMLINK_KEY: TOKENS.writer,
        ...environment,
      },
      ...(cwd !== undefined && { cwd }),
    });
    for (const stream of ['stdout', 'stderr'] as const)
      this.child[stream].setEncoding('utf8').on('data', (text: string) => (this.said[stream] += text));
    this.child.stdin.on('error', () => undefined); // it may end before it has read all
    if (input !== undefined) this.child.stdin.end(input);
    this.ended = new Promise((resolve) =>
      this.child.once('close', (exitCode) =>
        resolve({ exitCode, result: this.said.stdout, complaint: this.said.stderr }),
      ),
    );
  }

  /** So far. */
  get result(): string {
    return this.said.stdout;
  }

  /** Types into its standard input, and leaves that open. */
  write(text: string): void {
    this.child.stdin.write(text);
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }
}

export function runCli(args: readonly string[], options: CliOptions): Promise<CliEnd> {
  return new Cli(args, { input: '', ...options }).ended;
}

/** Runs a line for a shell as a person would, with this build in place of `npm run`, which goes to its package's folder. */
export function runInShell(line: string, options: CliOptions): Promise<CliEnd> {
  const ours = line.replace('npm run --silent cli --', `'${process.execPath}' '${PROGRAM}'`);
  return new Cli(['-c', ours], { input: '', ...options }, ['sh']).ended;
}

/** Events of `--json`. */
export function eventsIn(result: string): readonly Readonly<Record<string, unknown>>[] {
  return result
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
