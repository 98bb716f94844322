import { AddressBlocked } from './address-guard.js';
import { FetchFailed } from './fetch-failed.js';

/** Faults of the machine that we run on, which say nothing about the origin: the job fails and is tried again. */
const OWN_FAULTS = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EPROXY']);

/** The contract's name for whatever went wrong until an answer began: DNS, connect, TLS, a response that is none. */
export function connectionFault(error: unknown): unknown {
  if (isNamed(error)) return error;
  if (blockedAddress(error)) {
    // The address stays out of the reason: it would tell a stranger what a name means on our network.
    const reason = 'The address is not a public one, or its port is not allowed.';
    return new FetchFailed('EFORBIDDENURL', reason, { cause: error });
  }
  if (isTimeout(error))
    return new FetchFailed('EORIGINTIMEOUT', 'The origin was too slow.', { cause: error });
  if (OVERFLOWS.has(codeOf(error) ?? ''))
    return new FetchFailed('ETOOLARGE', "The origin's headers are too long.", { cause: error });
  return new FetchFailed('EUNREACHABLE', `The origin can not be reached${inBrackets(error)}.`, {
    cause: error,
  });
}

/** The same for what goes wrong while the body arrives: it stops, it is too slow, or it isn't encoded as it says. */
export function bodyFault(error: unknown): unknown {
  if (isNamed(error)) return error;
  if (isTimeout(error))
    return new FetchFailed('EORIGINTIMEOUT', 'The origin was too slow.', { cause: error });
  if (/^(UND_ERR.*|HPE_.*|E[A-Z]+)$/.test(codeOf(error) ?? '')) {
    return new FetchFailed('EUNREACHABLE', `The origin broke off${inBrackets(error)}.`, { cause: error });
  }
  return new FetchFailed('EDECODE', 'The body can not be decompressed.', { cause: error });
}

/** Has its name already, or isn't the origin's to name. */
function isNamed(error: unknown): boolean {
  return error instanceof FetchFailed || OWN_FAULTS.has(codeOf(error) ?? '');
}

function blockedAddress(error: unknown): boolean {
  return error instanceof AddressBlocked || partOf(error, 'cause') instanceof AddressBlocked;
}

const OVERFLOWS = new Set(['UND_ERR_HEADERS_OVERFLOW', 'HPE_HEADER_OVERFLOW']);
const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

function isTimeout(error: unknown): boolean {
  return TIMEOUTS.has(codeOf(error) ?? '') || partOf(error, 'name') === 'TimeoutError';
}

function inBrackets(error: unknown): string {
  const code = codeOf(error);
  return code === undefined ? '' : ` (${code})`;
}

function codeOf(error: unknown): string | undefined {
  const code = partOf(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function partOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
