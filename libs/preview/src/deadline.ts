/** An outward call that took longer than it may; what it was doing goes on unobserved. */
export class DeadlineExceeded extends Error {
  constructor(what: string, deadlineMs: number) {
    super(`${what} took longer than ${deadlineMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/**
 * Settles as `work` does, or rejects with DeadlineExceeded after `deadlineMs`. A server that is frozen, rather than down, keeps
 * its connections open and never answers: no client library notices, so every outward call needs this.
 *
 * @param signal rejects at once with its reason, when whoever waits is gone
 */
export function withinDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  what: string,
  signal?: AbortSignal,
): Promise<T> {
  let giveUp: ((reason: unknown) => void) | undefined;
  const deadline = new Promise<never>((_, reject) => (giveUp = reject));
  const end = () => giveUp?.(new DeadlineExceeded(what, deadlineMs));
  // A process that was busy for longer has the answer already, and hasn't looked: timers come before what sockets have, immediates after it.
  const timer = setTimeout(() => setImmediate(end), deadlineMs);
  const onAbort = () => giveUp?.(signal?.reason);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort);
  return Promise.race([work, deadline]).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  });
}
