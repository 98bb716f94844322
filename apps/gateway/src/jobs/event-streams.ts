import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { PreviewError } from '#libs/preview';
import { KeyHolders } from '../access/key-holders.js';

/** Most streams of a gateway at a time: each is a connection that stays, and looks again and again. */
export const MOST_STREAMS = 500;

/** There are too many streams, or no more are taken. */
export class StreamsBusy extends PreviewError {
  constructor() {
    super('EBUSY', 'Too many event streams are open at the moment.');
  }
}

/** The streams of this process. They end when it does, and who listens comes back to another gateway; and when their key is revoked. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown {
  /** With the key that each was opened with, by its id. */
  private readonly open = new Map<AbortController, string | undefined>();
  private isClosing = false;

  constructor(@Inject(KeyHolders) holders: Pick<KeyHolders, 'onForgotten'>) {
    holders.onForgotten((id) => this.endThoseOf(id));
  }

  /**
   * @param gone aborted when the listener is
   * @param keyId of the listener
   * @returns aborted then, when his key is revoked, and when the process ends
   * @throws {StreamsBusy}
   */
  enter(gone: AbortSignal, keyId: string | undefined): AbortSignal {
    if (this.isClosing || this.open.size >= MOST_STREAMS) throw new StreamsBusy();
    const stream = new AbortController();
    const leave = () => {
      this.open.delete(stream);
      stream.abort();
    };
    this.open.set(stream, keyId);
    if (gone.aborted) leave();
    else gone.addEventListener('abort', leave);
    return stream.signal;
  }

  /** Before the server stops listening, which waits for its answers to end. */
  beforeApplicationShutdown(): void {
    this.isClosing = true;
    for (const stream of this.open.keys()) stream.abort();
  }

  private endThoseOf(keyId: string): void {
    for (const [stream, id] of this.open) if (id === keyId) stream.abort();
  }
}
