import { describe, expect, test } from '@jest/globals';
import { welcome } from './welcome.js';

const secrets = {
  postgresPassword: 'of-postgres',
  redisPassword: 'of-redis',
  operatorToken: 'of-the-operator',
  writerToken: 'of-the-writer',
};

const stack = {
  url: 'http://127.0.0.1:3000',
  anonymousRead: 'true',
  operatorToken: secrets.operatorToken,
  writerToken: secrets.writerToken,
  secrets,
  secretsFile: '/home/ada/.warmlink/secrets.json',
};

describe('the welcome', () => {
  test('tells a person at a terminal what he needs', () => {
    const screen = welcome(stack, true);
    expect(screen).toContain('user: operator   password: of-the-operator\n');
    expect(screen).toContain("-H 'x-api-key: of-the-writer'");
  });

  test('says whether reading needs a key, and gives one where it does', () => {
    const tryIt = "'http://127.0.0.1:3000/v1/preview?url=https://example.com'";
    expect(welcome(stack, true)).toContain('(reading needs no key here; ');
    expect(welcome(stack, true)).toContain(`Try it      curl ${tryIt}`);
    const closed = welcome({ ...stack, anonymousRead: 'false' }, true);
    expect(closed).toContain('(reading needs a key, ');
    expect(closed).toContain(`Try it      curl -H 'x-api-key: of-the-writer' ${tryIt}`);
  });

  test('has no secret in it where it may be kept, and says where they are', () => {
    const log = welcome(stack, false);
    for (const secret of Object.values(secrets)) expect(log).not.toContain(secret);
    expect(log).toContain('password: operatorToken in /home/ada/.warmlink/secrets.json\n');
  });

  test('leaves what the environment gave where it is', () => {
    const given = { ...stack, operatorToken: 'given', writerToken: 'given-too' };
    const log = welcome(given, false);
    expect(log).not.toContain('given');
    expect(log).toContain('password: what OPERATOR_TOKEN is set to\n');
    expect(log).toContain('-H "x-api-key: $WRITER_TOKEN"');
  });
});
