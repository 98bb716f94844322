import cluster, { type Worker } from 'node:cluster';
import type { Logger, MetricsSnapshot } from '#libs/telemetry';
import type { FromServing, ToServing } from './process-messages.js';

/** Pause before a process that died is replaced, in ms: what kills each of them isn't to take the machine as well. */
const AGAIN_MS = 1_000;

/** How long processes may take to tell their metrics, in ms: longer than each of them waits for what it looks up. */
const METRICS_DEADLINE_MS = 3_000;

/** Metrics of all that serve, on their way to who wants them. */
interface Gathering {
  readonly wantedBy: Worker;
  readonly wantedAs: number;
  readonly expected: number;
  readonly snapshots: MetricsSnapshot[];
  readonly deadline: NodeJS.Timeout;
}

/** Several processes that serve on one port, each a gateway of its own; this one starts them, replaces those that die, and ends with them. */
export class GatewayProcesses {
  private readonly gatherings = new Map<number, Gathering>();
  private lastGathering = 0;
  private ready = 0;
  private isEnding = false;

  constructor(
    private readonly count: number,
    private readonly logger: Logger,
  ) {}

  start(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => this.end(signal));
    cluster.on('message', (serving, message: FromServing) => this.hear(serving, message));
    cluster.on('exit', (serving) => this.replace(serving));
    for (let started = 0; started < this.count; started += 1) cluster.fork();
  }

  private hear(serving: Worker, message: FromServing): void {
    switch (message.kind) {
      case 'ready':
        this.ready += 1;
        if (this.ready === this.count)
          this.logger.info('gateway is ready', { url: message.url, processes: this.count });
        return;
      case 'metrics-wanted':
        return this.gather(serving, message.id);
      case 'metrics':
        return this.add(message.id, message.snapshot);
    }
  }

  private replace({ process: { pid, exitCode, signalCode } }: Worker): void {
    if (this.isEnding) return;
    if (this.ready < this.count) {
      // It has said why it couldn't come up, and the next one couldn't either.
      process.exitCode = 1;
      return this.end('SIGTERM');
    }
    this.logger.error('a process of the gateway died', { died: pid, status: exitCode, signal: signalCode });
    setTimeout(() => {
      if (!this.isEnding) cluster.fork();
    }, AGAIN_MS).unref();
  }

  /** This process has nothing to wait for then but them. */
  private end(signal: 'SIGTERM' | 'SIGINT'): void {
    this.isEnding = true;
    for (const serving of servings()) serving.process.kill(signal);
  }

  private gather(wantedBy: Worker, wantedAs: number): void {
    const id = (this.lastGathering += 1);
    const deadline = setTimeout(() => this.tell(id), METRICS_DEADLINE_MS);
    const asked = servings();
    this.gatherings.set(id, { wantedBy, wantedAs, expected: asked.length, snapshots: [], deadline });
    for (const serving of asked) send(serving, { kind: 'metrics-asked', id });
  }

  private add(id: number, snapshot: MetricsSnapshot): void {
    const gathering = this.gatherings.get(id);
    if (gathering === undefined) return;
    gathering.snapshots.push(snapshot);
    if (gathering.snapshots.length === gathering.expected) this.tell(id);
  }

  /** Who hasn't answered is left out. */
  private tell(id: number): void {
    const { wantedBy, wantedAs, snapshots, deadline } = this.gatherings.get(id)!;
    this.gatherings.delete(id);
    clearTimeout(deadline);
    send(wantedBy, { kind: 'metrics-of-all', id: wantedAs, snapshots });
  }
}

function servings(): readonly Worker[] {
  return Object.values(cluster.workers ?? {}).filter((serving) => serving !== undefined);
}

/** Who dies just then needs no answer. */
function send(serving: Worker, message: ToServing): void {
  if (serving.isConnected()) serving.send(message, () => undefined);
}
