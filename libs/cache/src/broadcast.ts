import { randomUUID } from 'node:crypto';
import { withinDeadline } from '#libs/preview';
import type { CacheRedis } from '#libs/redis';

export interface BroadcastListener {
  readonly onMessage: (text: string) => void;
  /** There is a connection, the first or a new one: messages may have been missed. */
  readonly onConnected: () => void;
}

/** Longest waits of somebody who has to know that all have heard, in ms. */
export interface Patience {
  /** For Redis to take the message. */
  readonly sentMs: number;
  /** For all to say that they know. */
  readonly ackMs: number;
}

/** Stands between the id that is to be acknowledged, if any, and what is told. */
const SEPARATOR = '\n';

/** Tells something to all who listen, over Redis. What is told while a listener has no connection is lost for it: it hears that it may have missed something. */
export class Broadcast {
  /** Messages whose receivers haven't all answered: how many did, and who is told. */
  private readonly unanswered = new Map<string, { acks: number; onAck: () => void }>();
  private readonly acks: string;

  /** @param channel its name; it ends with the version of what is said on it */
  constructor(
    private readonly redis: CacheRedis,
    private readonly channel: string,
  ) {
    this.acks = `${channel}:acks`;
  }

  /** Hears what is told from now on, by itself, too. */
  listen({ onMessage, onConnected }: BroadcastListener): void {
    this.redis.listen(this.channel, {
      onConnected,
      onMessage: (message) => {
        const end = message.indexOf(SEPARATOR);
        const ackId = message.slice(0, end);
        onMessage(message.slice(end + SEPARATOR.length));
        // Not to be told means to be waited for: no harm in a failure.
        if (ackId !== '') this.redis.publish(this.acks, ackId).catch(() => undefined);
      },
    });
    this.redis.listen(this.acks, { onConnected: () => undefined, onMessage: (id) => this.answered(id) });
  }

  /** @throws when Redis doesn't take it, or not in time (ms) */
  async tell(text: string, sentMs: number): Promise<void> {
    const told = this.redis.publish(this.channel, `${SEPARATOR}${text}`);
    await withinDeadline(told, sentMs, `telling ${this.channel}`);
  }

  /**
   * @returns how many were sent it
   * @throws as `tell`
   */
  async tellCounted(text: string, sentMs: number): Promise<number> {
    return this.publish('', text, sentMs);
  }

  /**
   * Tells, and waits until all say that they know; for who listens himself.
   *
   * @returns whether all did, in time
   * @throws when Redis doesn't take it, or not in time
   */
  async tellAndWait(text: string, { sentMs, ackMs }: Patience): Promise<boolean> {
    const ackId = randomUUID();
    let expected = Number.POSITIVE_INFINITY;
    const all = new Promise<void>((resolve) => {
      const message = {
        acks: 0,
        onAck: () => {
          if (message.acks >= expected) resolve();
        },
      };
      this.unanswered.set(ackId, message);
    });
    try {
      expected = await this.publish(ackId, text, sentMs);
      this.unanswered.get(ackId)?.onAck(); // answers can be faster than the count of receivers
      const heard = withinDeadline(all, ackMs, 'hearing that all know');
      return await heard.then(
        () => true,
        () => false,
      );
    } finally {
      this.unanswered.delete(ackId);
    }
  }

  private publish(ackId: string, text: string, sentMs: number): Promise<number> {
    const published = this.redis.publishCounted(this.channel, `${ackId}${SEPARATOR}${text}`);
    return withinDeadline(published, sentMs, `telling ${this.channel}`);
  }

  private answered(id: string): void {
    const message = this.unanswered.get(id);
    if (message === undefined) return;
    message.acks += 1;
    message.onAck();
  }
}
