import { setTimeout as pause } from 'node:timers/promises';
import { ManagedProcess, type ManagedProcessOptions } from './managed-process.js';

/** Pause before an application that ended by itself is started again, in ms. */
const RESTART_PAUSE_MS = 1_000;

/** One of our two applications. If it dies while in service it is started again; if it can't come up, that is an error. */
export class SupervisedApp {
  private stopping = false;
  private current: ManagedProcess;

  private constructor(
    private readonly options: ManagedProcessOptions,
    private readonly say: (line: string) => void,
  ) {
    this.current = new ManagedProcess(options);
  }

  /** @param ready the line of output by which the application says that it is in service */
  static async start(
    options: ManagedProcessOptions,
    ready: RegExp,
    say: (line: string) => void,
  ): Promise<SupervisedApp> {
    const app = new SupervisedApp(options, say);
    await app.current.waitForLine(ready);
    void app.watch();
    return app;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.current.stop();
  }

  private async watch(): Promise<void> {
    for (;;) {
      const how = await this.current.ended;
      if (this.isOver()) return;
      this.say(`${how}; starting it again`);
      await pause(RESTART_PAUSE_MS);
      if (this.isOver()) return;
      this.current = new ManagedProcess(this.options);
    }
  }

  /** The whole stack may be stopping while this application's turn hasn't come. */
  private isOver(): boolean {
    return this.stopping || this.options.signal?.aborted === true;
  }
}
