import type { EventEmitter } from 'node:events';

/**
 * Has somebody hear an event instead of all who listen to it so far, and pass it on or not: an emitter calls each of them, whatever the others think of it.
 *
 * @returns those who listened, as one function
 */
export function standBefore<Event extends unknown[]>(
  emitter: EventEmitter,
  name: string,
  first: (...event: Event) => void,
): (...event: Event) => void {
  const listeners = emitter.listeners(name) as (typeof first)[];
  emitter.removeAllListeners(name);
  emitter.on(name, first as (...event: unknown[]) => void);
  return (...event) => {
    for (const listener of listeners) listener.apply(emitter, event);
  };
}
