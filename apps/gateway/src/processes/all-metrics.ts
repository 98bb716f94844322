import cluster from 'node:cluster';
import { Metrics, type MetricsSnapshot } from '#libs/telemetry';
import type { FromServing, ToServing } from './process-messages.js';

/** How a process is spoken to by the one that started it, and answers. */
export interface ParentChannel {
  send(message: FromServing): void;
  onMessage(listener: (message: ToServing) => void): void;
}

/** The metrics of a gateway, of however many processes it consists: whoever asks meets any one of them, which tells those of all. */
export class AllMetrics {
  private readonly wanted = new Map<number, (snapshots: readonly MetricsSnapshot[]) => void>();
  private last = 0;

  /** @param parent undefined: this process is all there is */
  constructor(
    private readonly metrics: Metrics,
    private readonly parent: ParentChannel | undefined,
  ) {
    parent?.onMessage((message) => {
      if (message.kind === 'metrics-asked') void this.answer(message.id, parent);
      else this.wanted.get(message.id)?.(message.snapshots);
    });
  }

  async text(): Promise<string> {
    const { parent } = this;
    if (parent === undefined) return this.metrics.text();
    const id = (this.last += 1);
    const snapshots = await new Promise<readonly MetricsSnapshot[]>((resolve) => {
      this.wanted.set(id, resolve);
      parent.send({ kind: 'metrics-wanted', id });
    });
    this.wanted.delete(id);
    return Metrics.textOf(snapshots);
  }

  private async answer(id: number, parent: ParentChannel): Promise<void> {
    parent.send({ kind: 'metrics', id, snapshot: await this.metrics.snapshot() });
  }
}

/** That of this process, if another one started it to serve beside others. */
export function parentChannel(): ParentChannel | undefined {
  if (!cluster.isWorker) return undefined;
  return {
    send: (message) => process.send!(message, undefined, undefined, () => undefined),
    onMessage: (listener) => process.on('message', listener),
  };
}
