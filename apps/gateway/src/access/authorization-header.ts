import { SetMetadata } from '@nestjs/common';

export const TAKES_AUTHORIZATION = 'warmlink:takes-authorization';

/**
 * Declares that a route knows its caller by `Authorization`, too, for programs that can send no header of their own choosing. For routes that only show: a browser
 * keeps a log-in and sends it whoever's page asks, so nothing may be changed by one.
 */
export const TakesAuthorization = () => SetMetadata(TAKES_AUTHORIZATION, true);

/** How to ask for it, for a 401. */
export const AUTHORIZATION_CHALLENGE =
  'Bearer realm="Warmlink", Basic realm="Warmlink", charset="UTF-8"' as const;

/** A token or key in `Authorization`, as a bearer's (RFC 6750) or a log-in's password; empty where there is neither. */
export function secretIn(authorization: string): string {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1] ?? passwordIn(authorization);
}

/** The password of HTTP Basic (RFC 7617), whatever the user name; empty where there is none. */
export function passwordIn(authorization: string): string {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(authorization)?.[1] ?? '';
  return Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');
}
