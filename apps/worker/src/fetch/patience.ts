/**
 * Gives work a signal that aborts after so long (ms), with a `TimeoutError` as its reason, or when an outer one does. Not `AbortSignal.any` with
 * `AbortSignal.timeout`: a timeout in there is held weakly, and the first garbage collection loses it (nodejs/node #57736).
 */
export async function withPatience<T>(
  patienceMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const patience = new AbortController();
  const timer = setTimeout(
    () => patience.abort(new DOMException('It took too long.', 'TimeoutError')),
    patienceMs,
  );
  const end = () => patience.abort(outer?.reason);
  if (outer?.aborted === true) end();
  outer?.addEventListener('abort', end, { once: true });
  try {
    return await work(patience.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', end);
  }
}
