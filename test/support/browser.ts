import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type MessageEvent, WebSocket } from 'undici';
import { ManagedProcess } from '../../apps/local/src/managed-process.js';
import { installedProgram } from './installed-program.js';
import { lane, uniqueName } from './test-servers.js';

const CHROMIUM = {
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  debianPackage: 'chromium',
};

/** A message of the DevTools protocol: an answer has an id, an event a method. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  // Each method has a shape of its own, and whoever sends one knows it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly result?: any;
  readonly params?: {
    readonly exceptionDetails?: ExceptionDetails;
    readonly args?: readonly { readonly value?: unknown }[];
    readonly entry?: { readonly text: string };
  };
  readonly error?: { readonly message: string };
}

interface ExceptionDetails {
  readonly text: string;
  readonly exception?: { readonly description?: string };
}

/** A real browser without a window, that reaches nothing but this machine. */
export class Browser {
  private readonly waiting = new Map<number, (answer: Message) => void>();
  private readonly pages = new Map<string, Page>();
  private sent = 0;

  private constructor(
    private readonly process: ManagedProcess,
    private readonly socket: WebSocket,
  ) {
    socket.addEventListener('message', ({ data }: MessageEvent) => this.receive(JSON.parse(String(data))));
  }

  /** It is installed first where it is missing and we may. */
  static async start(): Promise<Browser> {
    const command = installedProgram(CHROMIUM);
    const folder = join(lane.folder, uniqueName('browser'));
    mkdirSync(folder);
    let address = '';
    const chromium = new ManagedProcess({
      name: 'Chromium',
      command,
      args: [
        '--headless',
        '--no-first-run',
        '--disable-gpu',
        '--disable-dev-shm-usage', // containers have little of it
        '--disable-background-networking',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.*',
        '--remote-debugging-port=0',
        `--user-data-dir=${folder}`,
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // it has none for root
      ],
      onLine: (line) => (address = /^DevTools listening on (\S+)/.exec(line)?.[1] ?? address),
    });
    await chromium.waitForLine(/^DevTools listening on /);
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    return new Browser(chromium, socket);
  }

  /** @param headers sent with all that the page asks for */
  async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page((method, params) => this.call(method, params, sessionId));
    this.pages.set(sessionId, page);
    await this.call('Runtime.enable', {}, sessionId);
    await this.call('Log.enable', {}, sessionId);
    await this.call('Network.enable', {}, sessionId);
    await this.call('Network.setExtraHTTPHeaders', { headers }, sessionId);
    await this.call('Page.navigate', { url }, sessionId);
    return page;
  }

  async stop(): Promise<void> {
    this.socket.close();
    await this.process.stop();
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  private async call(method: string, params: object, sessionId?: string): Promise<any> {
    const id = (this.sent += 1);
    const answer = await new Promise<Message>((resolve) => {
      this.waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }

  private receive({ id, method, sessionId = '', params, ...answer }: Message): void {
    if (id !== undefined) {
      this.waiting.get(id)?.(answer);
      this.waiting.delete(id);
    }
    const page = this.pages.get(sessionId);
    if (method === 'Runtime.exceptionThrown') page?.crashes.push(described(params?.exceptionDetails));
    if (method === 'Log.entryAdded') page?.complaints.push(params?.entry?.text ?? '');
    if (method === 'Runtime.consoleAPICalled')
      page?.log.push((params?.args ?? []).map(({ value }) => String(value)).join(' '));
  }
}

/** A page in a browser. */
export class Page {
  /** What its scripts threw and nobody caught, promises that were rejected included. */
  readonly crashes: string[] = [];
  /** What they wrote to the console. */
  readonly log: string[] = [];
  /** What the browser had to say of it: what wasn't loaded, and why. */
  readonly complaints: string[] = [];

  // oxlint-disable-next-line typescript/no-explicit-any
  constructor(private readonly call: (method: string, params: object) => Promise<any>) {}

  /** The value of an expression there, or of its promise. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(described(exceptionDetails));
    return result.value;
  }
}

function described(details: ExceptionDetails | undefined): string {
  return details?.exception?.description ?? details?.text ?? 'an exception';
}
