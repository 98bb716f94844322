import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readmeTable, type ReadResults } from './readme-table.js';

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^-+$/, '---'));

test('the README shows the reads that were measured last', () => {
  const measured = JSON.parse(readFileSync('bench/results/read.json', 'utf8')) as ReadResults;
  const lines = readFileSync('README.md', 'utf8').split('\n');
  const begin = lines.findIndex((line) => cellsOf(line)[1] === 'requests a second, to bare Fastify');
  const table = readmeTable(measured).split('\n').map(cellsOf);
  expect(lines.slice(begin, begin + table.length).map(cellsOf)).toEqual(table);
});
