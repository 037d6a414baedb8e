import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checks } from '../../../cli/doctor/checks.ts';
import { problems } from '../../../cli/doctor/problems.ts';

const ids = [...checks.map(({ id }) => id), ...Object.keys(problems)];
const text = readFileSync(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');

/** The paragraph below each heading that is an id. */
const paragraphs = new Map(
  [...text.matchAll(/^#{3,4} `([a-z0-9-]+)`\n+([^#][^\n]*)/gm)].map(([, id = '', words = '']) => [id, words]),
);

test('every finding has a paragraph under its id, and no paragraph is for a finding that does not exist', () => {
  expect([...paragraphs.keys()].toSorted()).toEqual(ids.toSorted());
});

test('every id is unique', () => {
  expect(new Set(ids).size).toBe(ids.length);
});

test('every paragraph explains more than the name', () => {
  expect([...paragraphs].filter(([, words]) => words.length < 60)).toEqual([]);
});

test('every problem is provoked by a test in this folder', () => {
  const folder = fileURLToPath(new URL('./', import.meta.url));
  const sources = globSync('**/*.ts', { cwd: folder }).map((path) => readFileSync(folder + path, 'utf8'));
  const unmade = Object.keys(problems).filter((id) => !sources.some((source) => source.includes(`'${id}`)));
  expect(unmade).toEqual([]);
});
