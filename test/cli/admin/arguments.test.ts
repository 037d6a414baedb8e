import { expect, it } from 'vitest';
import { readArguments } from '../../../cli/admin/arguments.ts';

const hash = '-z-iL2gAVHVcqQmM813ei3';

it.each([
  [['connections', hash, '--json']],
  [['connections', '--json', '--', hash]],
  [['--json', 'connections', '--', hash]],
])('%j names a user by a hash that begins with a dash', (args) => {
  expect(readArguments(args)).toMatchObject({ command: 'connections', operand: hash, json: true });
});

it('an operand after -- needs no dash', () => {
  expect(readArguments(['connections', '--', 'auth0|x'])).toMatchObject({ operand: 'auth0|x' });
});
