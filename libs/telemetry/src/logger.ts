import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoggerService } from '@nestjs/common';
import { type Logger as PinoLogger, pino } from 'pino';

/** JSON lines on standard output, one an event; also what Nest itself logs through. */
export class Logger implements LoggerService {
  private readonly pino: PinoLogger;
  private readonly context = new AsyncLocalStorage<object>();

  constructor(service: string, level: 'debug' | 'info' | 'warn' | 'error') {
    this.pino = pino({
      level,
      base: { service, pid: process.pid },
      serializers: { err: describe },
      mixin: () => this.context.getStore() ?? {},
    });
  }

  /**
   * Does work whose lines, and those of all that it begins, have these fields, where lines of the finest level are written: from its first use on each promise of the
   * process costs more, in Node 20 a worker some percent of its pages. Other lines that belong to a piece of work name it themselves.
   */
  within<T>(details: object, work: () => T): T {
    return this.isDebugging ? this.context.run(details, work) : work();
  }

  /** Whether lines of the finest level are written: who makes many of them asks first. */
  get isDebugging(): boolean {
    return this.pino.isLevelEnabled('debug');
  }

  /** `details` becomes fields of the line; an Error in it goes under `err`, with its stack and cause. */
  info(message: string, details: object = {}): void {
    this.pino.info(details, message);
  }

  warn(message: unknown, details?: unknown): void {
    this.pino.warn(fields(details), String(message));
  }

  error(message: unknown, details?: unknown): void {
    if (message instanceof Error) this.pino.error({ err: message }, message.message);
    else this.pino.error(fields(details), String(message));
  }

  /** Nest's word for what it does at boot: of interest only to whoever debugs Nest. */
  log(message: unknown, context?: unknown): void {
    this.pino.debug(fields(context), String(message));
  }

  debug(message: unknown, context?: unknown): void {
    this.pino.debug(fields(context), String(message));
  }

  verbose(message: unknown, context?: unknown): void {
    this.pino.debug(fields(context), String(message));
  }
}

/** An error without what libraries hang on to it: a failed query carries its parameters, which are whole pages. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return { name, message, code, stack, ...(cause !== undefined && { cause: describe(cause) }) };
}

function fields(details: unknown): object {
  if (details instanceof Error) return { err: details };
  if (typeof details === 'object' && details !== null) return details;
  return details === undefined ? {} : { context: details };
}
