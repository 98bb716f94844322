import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { PATIENT } from '../launched-stack.js';
import type { BareAnswer } from './bare-server.child.js';

/** As `npm start` and `npm run start:gateway` have them. */
const GATEWAY_FLAGS = ['--heap-growing-percent=20', '--max-semi-space-size=8', '--no-parallel-scavenge'];

/** A process that answers, and is measured while it does. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  get pid(): number {
    return this.child.pid!;
  }

  /** A server that does nothing but answer. */
  static async bare(answer: BareAnswer): Promise<ServerProcess> {
    const child = fork(join(import.meta.dirname, 'bare-server.child.js'), [JSON.stringify(answer)]);
    const [port] = (await once(child, 'message')) as [number];
    return new ServerProcess(child, port);
  }

  /** A gateway on servers that others of the bench use, too. */
  static async gateway(environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const child = spawn(process.execPath, [...GATEWAY_FLAGS, resolve('dist/apps/gateway/src/main.js')], {
      env: { ...process.env, PORT: '0', ...PATIENT, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ready = await lineWith(child, 'gateway is ready');
    const { url } = JSON.parse(ready) as { readonly url: string };
    return new ServerProcess(child, Number(new URL(url).port));
  }

  /** Varnish as it does best here: two pools of threads that are there already, hardly a log, no gzip of its own. It keeps what `backend` answers. */
  static async varnish(
    program: string,
    folder: string,
    port: number,
    backend: number,
  ): Promise<ServerProcess> {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'front.vcl');
    writeFileSync(
      file,
      `vcl 4.1;
backend bare { .host = "127.0.0.1"; .port = "${backend}"; }
sub vcl_recv { return (hash); }
sub vcl_backend_response { set beresp.ttl = 1d; set beresp.uncacheable = false; return (deliver); }
`,
    );
    const options = {
      '-j': 'none',
      '-T': 'none',
      '-n': join(folder, 'run'),
      '-a': `127.0.0.1:${port}`,
      '-f': file,
      '-s': 'malloc,256m',
    };
    const parameters = {
      http_gzip_support: 'off',
      thread_pools: '2',
      thread_pool_min: '100',
      vsl_mask: '-ReqHeader,-ReqUnset,-RespHeader,-RespUnset,-Timestamp,-ReqAcct,-VCL_call,-VCL_return,-Hit',
      workspace_client: '64k',
    };
    const child = spawn(
      program,
      [
        '-F',
        ...Object.entries(options).flat(),
        ...Object.entries(parameters).flatMap(([name, value]) => ['-p', `${name}=${value}`]),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    await lineWith(child, 'said Child starts');
    return new ServerProcess(child, port);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}

/** @throws when the process ends without saying so */
function lineWith(child: ChildProcess, text: string): Promise<string> {
  return new Promise((done, failed) => {
    child.once('exit', () => failed(new Error(`a server ended before it said "${text}"`)));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (line.includes(text)) done(line);
      });
    }
  });
}
