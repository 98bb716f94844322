import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { cliEnv } from '../apps/cli/src/cli.env.js';
import { gatewayEnv } from '../apps/gateway/src/gateway.env.js';
import { workerEnv } from '../apps/worker/src/worker.env.js';

test('.env.example names every variable that a process reads, and no other', () => {
  const named = readFileSync('.env.example', 'utf8')
    .split('\n')
    .flatMap((line) => /^#?\s?([A-Z0-9_]+)=/.exec(line)?.[1] ?? []);
  expect(named.toSorted()).toEqual(
    [...new Set([gatewayEnv, workerEnv, cliEnv].flatMap((env) => Object.keys(env)))].toSorted(),
  );
});
