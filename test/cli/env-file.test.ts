import { describe, expect, it } from 'vitest';
import { envLine, parseEnvText, withVariables } from '../../cli/env-file.ts';

describe('setting variables in an env file', () => {
  it.each([
    ['an empty file', '', 'A=1\n'],
    ['another variable', 'B=2\n', 'B=2\nA=1\n'],
    ['a file without a last line break', 'B=2', 'B=2\nA=1\n'],
    ['comments and blank lines', '# a\n\nB=2\n\n', '# a\n\nB=2\nA=1\n'],
    ['the variable itself, in its place', 'A=0\nB=2\n', 'A=1\nB=2\n'],
    ['the variable quoted and exported', 'export A = "0"\nB=2\n', 'A=1\nB=2\n'],
    ['the variable twice', 'A=0\nB=2\nA=3\n', 'A=1\nB=2\n'],
    ['a comment that names it', '# A=0\n', '# A=0\nA=1\n'],
    ['a longer name', 'AA=0\n', 'AA=0\nA=1\n'],
  ])('in %s', (_, text, expected) => {
    expect(withVariables(text, new Map([['A', '1']]))).toBe(expected);
  });

  it.each(['https://a.example/x?y=1#z', 'two words', 'a#b', "it's", '$HOME', 'a-b_c', ''])(
    'reads back %j',
    (value) => {
      expect(parseEnvText(envLine('A', value)).A).toBe(value);
    },
  );
});
