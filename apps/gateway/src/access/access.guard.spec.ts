import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
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
      getRequest: () => ({ headers: apiKey === undefined ? {} : { 'x-api-key': apiKey } }),
    }),
  } as unknown as ExecutionContext;
}

describe('access', () => {
  let guard: AccessGuard;
  const withAnonymous = (anonymousRead: boolean) =>
    new AccessGuard(new Reflector(), tokens, { anonymousRead });

  beforeEach(() => {
    guard = withAnonymous(false);
  });

  test('a route that declares no role is closed to everyone', () => {
    expect(() => guard.canActivate(calling('forgotten', 'writer-secret'))).toThrow(
      expect.objectContaining({ code: 'EFORBIDDEN' }),
    );
    expect(() => withAnonymous(true).canActivate(calling('forgotten'))).toThrow(
      expect.objectContaining({ code: 'EFORBIDDEN' }),
    );
  });

  test('an open route asks for nothing', () => {
    expect(guard.canActivate(calling('open'))).toBe(true);
  });

  test('a role includes those before it and none after', () => {
    expect(guard.canActivate(calling('read', 'reader-secret'))).toBe(true);
    expect(guard.canActivate(calling('read', 'writer-secret'))).toBe(true);
    expect(guard.canActivate(calling('write', 'writer-secret'))).toBe(true);
    expect(() => guard.canActivate(calling('write', 'reader-secret'))).toThrow(
      expect.objectContaining({ code: 'EFORBIDDEN' }),
    );
    expect(() => guard.canActivate(calling('operate', 'writer-secret'))).toThrow(
      expect.objectContaining({ code: 'EFORBIDDEN' }),
    );
  });

  test.each([undefined, '', 'wrong', 'undefined', ['reader-secret', 'reader-secret']])(
    'the key %j opens nothing',
    (key) => {
      expect(() => guard.canActivate(calling('read', key))).toThrow(
        expect.objectContaining({ code: 'EAUTH' }),
      );
    },
  );

  test('anonymous reading opens reading alone, and does not forgive a wrong key', () => {
    const open = withAnonymous(true);
    expect(open.canActivate(calling('read'))).toBe(true);
    expect(() => open.canActivate(calling('write'))).toThrow(expect.objectContaining({ code: 'EAUTH' }));
    expect(() => open.canActivate(calling('read', 'wrong'))).toThrow(
      expect.objectContaining({ code: 'EAUTH' }),
    );
  });
});
