import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { compatibleUserAgent, ownUserAgent, VERSION } from './user-agent.js';

test('both names say who visits, in which version, and where to read about it', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
  expect(ownUserAgent('https://a.example/bot')).toBe(`Warmlink/${version} (+https://a.example/bot)`);
  expect(compatibleUserAgent('https://a.example/bot')).toBe(
    `Mozilla/5.0 (compatible; Warmlink/${version}; +https://a.example/bot)`,
  );
});
