import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import type { ChannelEvents } from './cache-redis.js';

/** How often a node is asked whether it is still there, how long (ms) its answer may take, and the wait before another is tried. */
const LOOK_EVERY_MS = 1_000;
const DEADLINE_MS = 2_000;
const BETWEEN_NODES_MS = 200;

export interface ClusterListenerEvents extends ChannelEvents {
  readonly onError: (error: unknown) => void;
}

/**
 * Listens on a channel at one node of a cluster, whichever: what is published at any of them reaches all. When that node is gone, freezes or leaves the cluster, it
 * listens at another.
 */
export class ClusterListener {
  private readonly closing = new AbortController();
  private listening: Redis | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly channel: string,
    private readonly events: ClusterListenerEvents,
  ) {
    void this.run();
  }

  close(): void {
    this.closing.abort();
    this.listening?.disconnect();
  }

  private async run(): Promise<void> {
    let last: Redis | undefined;
    while (!this.closing.signal.aborted) {
      const nodes = this.cluster.nodes();
      const others = nodes.filter((node) => node !== last);
      const node = others[Math.floor(Math.random() * others.length)] ?? nodes[0];
      last = node;
      if (node !== undefined && this.cluster.status === 'ready')
        await this.listenAt(node).catch(this.events.onError);
      await this.pause(BETWEEN_NODES_MS);
    }
  }

  /** Settles when that is over. */
  private async listenAt(node: Redis): Promise<void> {
    const listener = node.duplicate({
      lazyConnect: true,
      readOnly: false,
      retryStrategy: () => null,
      autoResubscribe: false,
      commandTimeout: DEADLINE_MS,
      connectTimeout: DEADLINE_MS,
    });
    this.listening = listener;
    listener.on('error', this.events.onError);
    listener.on('message', (_channel: string, message: string) => this.events.onMessage(message));
    try {
      await listener.connect();
      await listener.subscribe(this.channel);
      this.events.onConnected();
      while (this.isMember(node) && listener.status === 'ready') {
        await this.pause(LOOK_EVERY_MS);
        await listener.ping();
      }
    } finally {
      listener.disconnect();
    }
  }

  /** One that was told to leave the cluster still answers, and hears nothing any more. */
  private isMember({ options: { host, port } }: Redis): boolean {
    return this.cluster.nodes().some(({ options }) => options.host === host && options.port === port);
  }

  private async pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }
}
