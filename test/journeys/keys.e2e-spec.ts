import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { knock, makeKey, revokeKey, runKeys } from '../support/keys.js';
import { call, get, type Gateway, Stack, TOKENS } from '../support/stack.js';

let stack: Stack;
let one: Gateway;
let other: Gateway;

const OPEN = 404; // let in, to a job that isn't there
const asOperator = { 'x-api-key': TOKENS.operator };

beforeAll(async () => {
  stack = await Stack.start({ gateways: 2, workers: 0, environment: { ANONYMOUS_READ: 'false' } });
  [one, other] = stack.gateways as [Gateway, Gateway];
});

afterAll(() => stack.stop());

describe('a key', () => {
  test('opens every gateway from its first moment on, and none from the moment it is revoked', async () => {
    const { id, secret } = await makeKey(one, 'writer');
    expect([await knock(one, secret), await knock(other, secret)]).toEqual([OPEN, OPEN]);
    const { status, body } = await revokeKey(one, id);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { data: { id, revokedAt: expect.any(String), isKnownEverywhere: true } },
    });
    expect([await knock(one, secret), await knock(other, secret)]).toEqual([401, 401]);
  });

  test('has its role and those before it', async () => {
    const { secret } = await makeKey(one, 'reader');
    const headers = { 'x-api-key': secret };
    expect((await get(other, '/v1/preview?url=https://example.com/&wait=0', headers)).status).toBe(202);
    expect(await knock(other, secret)).toBe(403);
    expect((await get(other, '/v1/keys', headers)).status).toBe(403);
  });

  test("opens the operator's pages, if it is an operator's", async () => {
    const [reader, operator] = [await makeKey(one, 'reader'), await makeKey(one, 'operator')];
    const board = async (secret: string) => {
      const authorization = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`;
      return (await get(other, '/queues/api/queues', { authorization })).status;
    };
    expect([await board(reader.secret), await board(operator.secret)]).toEqual([401, 200]);
  });

  test('is shown without its secret', async () => {
    const { id, secret } = await makeKey(one, 'reader', 'the newsletter');
    const { headers, body } = await get(other, '/v1/keys', asOperator);
    const shown = body.data.keys.find((key: { id: string }) => key.id === id);
    expect(shown).toEqual({
      id,
      name: 'the newsletter',
      role: 'reader',
      ending: secret.slice(-4),
      createdAt: expect.any(String),
      revokedAt: null,
    });
    expect(JSON.stringify(body)).not.toContain(secret);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test.each([
    [{ name: 'x' }],
    [{ role: 'reader' }],
    [{ name: '', role: 'reader' }],
    [{ name: 'x', role: 'admin' }],
    [{ name: 'x\u001b[2J', role: 'reader' }],
    [{ name: 'x'.repeat(101), role: 'reader' }],
    [{ name: 'x', role: 'reader', secret: 'mine' }],
    ['x'],
  ])('is not made of %j', async (body) => {
    const answer = await call(one, 'POST', '/v1/keys', {
      headers: { ...asOperator, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([answer.status, answer.body.code]).toEqual([400, expect.stringMatching(/^EINVALDATA$|^EBODY$/)]);
  });

  test.each(['00000000-0000-4000-8000-000000000000', 'x', "' OR 1=1"])(
    'that never was, %s, is not revoked',
    async (id) => {
      expect(await revokeKey(one, encodeURIComponent(id))).toMatchObject({
        status: 404,
        body: { code: 'ENOROUTE' },
      });
    },
  );
});

describe('npm run keys', () => {
  test('makes, lists and revokes keys of a running service', async () => {
    const secret = runKeys(stack, ['create', '--role', 'writer', '--name', 'the CMS']);
    expect(await knock(other, secret)).toBe(OPEN);
    const line = runKeys(stack, ['list'])
      .split('\n')
      .find((listed) => listed.endsWith('the CMS'));
    expect(line).toContain(`…${secret.slice(-4)}`);
    const [id] = line!.split(' ');
    expect(runKeys(stack, ['revoke', id!])).toContain('Gateways that were told: 2.');
    expect([await knock(one, secret), await knock(other, secret)]).toEqual([401, 401]);
    expect(runKeys(stack, ['list'])).toMatch(new RegExp(`${id}.*revoked \\d{4}-`));
  });

  test('does without Redis, and says so', async () => {
    const secret = runKeys(stack, ['create', '--role', 'writer', '--name', 'x'], { REDIS_CACHE_URL: '' });
    const [id] = runKeys(stack, ['list']).split(' ');
    expect(runKeys(stack, ['revoke', id!], { REDIS_CACHE_URL: '' })).toContain('within a minute');
    expect(await knock(one, secret)).toBe(401);
  });

  test.each([
    [[]],
    [['destroy']],
    [['create', '--role', 'reader']],
    [['create', '--role', 'admin', '--name', 'x']],
    [['create', '--unknown']],
    [['list', 'all']],
    [['revoke', 'x']],
    [['revoke', '00000000-0000-4000-8000-000000000000']],
  ])('refuses %j in a sentence', (args) => {
    let complaint = '';
    try {
      runKeys(stack, args);
    } catch (error) {
      complaint = (error as { stderr: string }).stderr;
    }
    expect(complaint).toMatch(/^\S.*\w/);
    expect(complaint).not.toContain('    at ');
  });
});
