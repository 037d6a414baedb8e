import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checks } from '../../../cli/doctor/checks.ts';
import { problems } from '../../../cli/doctor/problems.ts';

const text = readFileSync(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');

/** Headings that are an id, with the words beneath them. */
const paragraphs = new Map(
  [...text.matchAll(/^#{3,4} `([a-z0-9-]+)`[^\n]*\n+([^#][^\n]*)/gm)].map(([, id = '', words = '']) => [
    id,
    words,
  ]),
);

test('every finding has a paragraph under its id, and no paragraph is for a finding that does not exist', () => {
  const ids = [...checks.map(({ id }) => id), ...Object.keys(problems)];
  expect([...paragraphs.keys()].toSorted()).toEqual(ids.toSorted());
});

test('every id stands for one thing', () => {
  const ids = [...checks.map(({ id }) => id), ...Object.keys(problems)];
  expect(new Set(ids).size).toBe(ids.length);
});

test.for([...paragraphs])('%s is explained, not only named', ([, words]) => {
  expect(words.length).toBeGreaterThan(60);
});
