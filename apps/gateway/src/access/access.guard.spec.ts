import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { RateLimits } from '../limits/rate-limits.js';
import { CallerAddresses } from './caller-addresses.js';
import { Doorkeeper } from './doorkeeper.js';
import { KeyHolders } from './key-holders.js';
import { RequiresRole } from './role.js';
import { TokenRoles } from './token-roles.js';

class Routes {
  @RequiresRole('open') open() {}
  @RequiresRole('reader') read() {}
  @RequiresRole('writer') write() {}
  @RequiresRole('operator') operate() {}
  forgotten() {}
}

const tokens = new TokenRoles({ reader: 'reader-secret', writer: 'writer-secret', operator: undefined });

function calling(route: keyof Routes, apiKey?: string | string[]): ExecutionContext {
  return {
    getHandler: () => Routes.prototype[route],
    getClass: () => Routes,
    switchToHttp: () => ({
      getRequest: () => ({
        raw: { socket: {}, headers: apiKey === undefined ? {} : { 'x-api-key': apiKey } },
      }),
      getResponse: () => ({}),
    }),
  } as unknown as ExecutionContext;
}

const unlimited = new RateLimits({ perKey: undefined, perAddress: undefined });

/** A key that has to be looked for, and is there. */
const KEY = `wl_${'k'.repeat(43)}`;
const holders = new KeyHolders(tokens, {
  find: async (secret) =>
    secret === KEY ? { id: 'of-a-writer', name: 'a writer', role: 'writer' } : undefined,
});

describe('access', () => {
  let guard: AccessGuard;
  const withAnonymous = (anonymousRead: boolean) =>
    new AccessGuard(
      new Reflector(),
      new Doorkeeper(holders, unlimited, new CallerAddresses(), new ManualClock(), { anonymousRead }),
    );
  const refusal = (by: AccessGuard, route: keyof Routes, apiKey?: string | string[]) =>
    by.canActivate(calling(route, apiKey)).then(
      () => 'none',
      (error: { readonly code: string }) => error.code,
    );

  beforeEach(() => {
    guard = withAnonymous(false);
  });

  test('a route that declares no role is closed to everyone', async () => {
    for (const secret of ['writer-secret', KEY, undefined]) {
      expect(await refusal(guard, 'forgotten', secret)).toBe('EFORBIDDEN');
      expect(await refusal(withAnonymous(true), 'forgotten', secret)).toBe('EFORBIDDEN');
    }
  });

  test('an open route asks for nothing', async () => {
    expect(await refusal(guard, 'open')).toBe('none');
  });

  test('a role includes those before it and none after', async () => {
    expect(await refusal(guard, 'read', 'reader-secret')).toBe('none');
    for (const writer of ['writer-secret', KEY]) {
      expect(await refusal(guard, 'read', writer)).toBe('none');
      expect(await refusal(guard, 'write', writer)).toBe('none');
      expect(await refusal(guard, 'operate', writer)).toBe('EFORBIDDEN');
    }
    expect(await refusal(guard, 'write', 'reader-secret')).toBe('EFORBIDDEN');
  });

  test.each([undefined, '', 'wrong', 'undefined', `${KEY}x`, KEY.replace('k', 'K'), [KEY, KEY]])(
    'the key %j opens nothing',
    async (key) => {
      expect(await refusal(guard, 'read', key)).toBe('EAUTH');
    },
  );

  test('anonymous reading opens reading alone, and does not forgive a wrong key', async () => {
    const open = withAnonymous(true);
    expect(await refusal(open, 'read')).toBe('none');
    expect(await refusal(open, 'write')).toBe('EAUTH');
    expect(await refusal(open, 'read', 'wrong')).toBe('EAUTH');
  });
});
