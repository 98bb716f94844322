import { z } from 'zod';
import { success } from '../openapi/answer-shapes.js';
import { EXAMPLE_ID, type RouteDescription } from '../openapi/route-description.js';
import { keyShape } from './keys.schema.js';

const A_KEY = {
  id: EXAMPLE_ID,
  name: 'the newsletter',
  role: 'writer',
  ending: 'Zk3Q',
  createdAt: '2026-03-02T09:30:00.000Z',
  revokedAt: null,
};

export const createKeyDescription: RouteDescription = {
  id: 'createKey',
  group: 'Keys',
  summary: 'Make a key',
  details: 'Its secret is in this answer and in no other.',
  answers: [
    {
      status: 201,
      what: 'The key, and its secret.',
      schema: success(keyShape.extend({ secret: z.string().describe('What goes into `x-api-key`.') })),
    },
  ],
  examples: {
    key: {
      summary: 'A key for a program that orders warms',
      body: { name: 'the newsletter', role: 'writer' },
      status: 201,
      answer: {
        status: 'success',
        data: { ...A_KEY, secret: 'wl_v1mZt0bq0W5l2x0yX4cUuH7gq3nB8dJkR6sTe9fZk3Q' },
      },
    },
  },
  failures: {
    EINVALDATA: {
      when: 'the name or the role is none',
      body: { name: 'the newsletter', role: 'admin' },
      message: 'role must be one of reader, writer, operator',
    },
  },
};

export const listKeysDescription: RouteDescription = {
  id: 'listKeys',
  group: 'Keys',
  summary: 'List keys',
  details: 'The newest first, revoked ones too; a thousand at the most.',
  answers: [{ status: 200, what: 'The keys.', schema: success(z.object({ keys: z.array(keyShape) })) }],
  examples: {
    keys: {
      summary: 'One key',
      status: 200,
      answer: { status: 'success', data: { keys: [A_KEY] } },
    },
  },
};

export const revokeKeyDescription: RouteDescription = {
  id: 'revokeKey',
  group: 'Keys',
  summary: 'Revoke a key',
  path: { id: 'As the list has it.' },
  answers: [
    {
      status: 200,
      what: 'It is revoked, and `isKnownEverywhere` where all gateways have said that they know.',
      schema: success(keyShape.extend({ isKnownEverywhere: z.boolean() })),
    },
  ],
  examples: {
    revoked: {
      summary: 'A key that nobody holds any more',
      path: { id: EXAMPLE_ID },
      status: 200,
      answer: {
        status: 'success',
        data: { ...A_KEY, revokedAt: '2026-03-02T10:00:00.000Z', isKnownEverywhere: true },
      },
    },
  },
  failures: {
    ENOROUTE: {
      when: 'no key has this id, whether it could be one or not',
      path: { id: '00000000-0000-4000-8000-000000000000' },
      message: 'There is no key with this id.',
    },
  },
};
