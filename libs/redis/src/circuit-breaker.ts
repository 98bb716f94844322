export interface CircuitBreakerOptions {
  /** Failures in a row after which calls are refused without being made. */
  readonly threshold: number;
  /** How long they are refused, in ms; then one call tries again. */
  readonly restMs: number;
  readonly onOpen: (cause: unknown) => void;
  readonly onClose: () => void;
  /** Monotonic time in ms. */
  readonly now?: () => number;
}

/** A server that keeps failing isn't asked for a while, so that it costs nobody its deadline. M. Nygard, "Release It!", chapter 5. */
export class CircuitBreaker {
  private failures = 0;
  private openUntil = Number.NEGATIVE_INFINITY;
  private isOpen = false;
  private readonly now: () => number;

  constructor(private readonly options: CircuitBreakerOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /** @returns undefined when the call was refused or failed; failures go to `onFailure` */
  async call<T>(work: () => Promise<T>, onFailure: (error: unknown) => void): Promise<T | undefined> {
    if (this.isOpen && !this.mayProbe()) return undefined;
    try {
      const result = await work();
      this.succeeded();
      return result;
    } catch (error) {
      this.failed(error);
      onFailure(error);
      return undefined;
    }
  }

  /** One caller at a time tries whether the server is back; the others go on without it meanwhile. */
  private mayProbe(): boolean {
    if (this.now() < this.openUntil) return false;
    this.openUntil = this.now() + this.options.restMs;
    return true;
  }

  private succeeded(): void {
    this.failures = 0;
    if (!this.isOpen) return;
    this.isOpen = false;
    this.options.onClose();
  }

  private failed(error: unknown): void {
    this.failures += 1;
    if (this.isOpen || this.failures < this.options.threshold) return;
    this.isOpen = true;
    this.openUntil = this.now() + this.options.restMs;
    this.options.onOpen(error);
  }
}
