import { describe, expect, test } from 'vitest';
import { bearerChallenge } from '../../../cli/doctor/challenge-parameters.ts';

describe('a WWW-Authenticate header', () => {
  test.for([
    ['Bearer', {}],
    ['bearer realm="mcp"', { realm: 'mcp' }],
    ['Bearer realm="a, b", scope="mcp:read mcp:write"', { realm: 'a, b', scope: 'mcp:read mcp:write' }],
    ['Bearer error=invalid_token', { error: 'invalid_token' }],
    ['Bearer Resource_Metadata="https://x/y"', { resource_metadata: 'https://x/y' }],
    [String.raw`Bearer realm="say \"hi\""`, { realm: 'say "hi"' }],
    ['Basic realm="x", Bearer scope="s"', { scope: 's' }],
    ['Bearer scope="s", Basic realm="x"', { scope: 's' }],
    ['Bearer realm="never closed', {}],
  ] as const)('%s', ([header, expected]) => {
    expect(Object.fromEntries(bearerChallenge(header) ?? [])).toEqual(expected);
  });

  test.for([null, '', 'Basic realm="Bearer"', 'Bearertoken x="y"'])('%s is no Bearer challenge', (header) => {
    expect(bearerChallenge(header)).toBeUndefined();
  });
});
