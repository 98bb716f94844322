/** An answer of a gateway that is no success, in the contract's words. */
export class GatewayRefused extends Error {
  /** @param code of the contract's closed table, or `HTTP 502` and the like from what stands in front */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** The whole answer, for programs. */
    readonly body: unknown,
    /** When to come again, in ms; undefined where it doesn't say. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(`${code}: ${message}`);
  }
}

/** No answer in time, or none at all. */
export class GatewayAway extends Error {
  constructor(url: string, cause: unknown) {
    super(`No gateway answers at ${url} (${reasonOf(cause)}). WARMLINK_URL says where one is.`, { cause });
  }
}

/** `fetch` says "fetch failed", and beneath it why. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  if (cause instanceof Error) return reasonOf(cause);
  const { code, message } = error as { code?: unknown; message?: string };
  return typeof code === 'string' ? code : (message ?? String(error));
}
