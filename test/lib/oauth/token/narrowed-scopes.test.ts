import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../../lib/http/errors.ts';
import { narrowedScopes } from '../../../../lib/oauth/token/narrowed-scopes.ts';
import { allScopes, offlineAccess } from '../../../../lib/scope-rules.ts';

const granted = ['mcp:read', 'mcp:write', 'offline_access'];

function outcome(asked: string | undefined, of = granted): string[] | string {
  try {
    return narrowedScopes(of, asked);
  } catch (error) {
    if (error instanceof OAuthError) return error.code;
    throw error;
  }
}

describe('the scopes of a refresh', () => {
  it.each<[string | undefined, string[] | string]>([
    [undefined, granted],
    ['mcp:read mcp:write offline_access', granted],
    ['offline_access mcp:write mcp:read', granted],
    ['mcp:read', ['mcp:read']],
    ['mcp:read offline_access', ['mcp:read', 'offline_access']],
    [' mcp:read  mcp:read ', ['mcp:read']],
    ['mcp:read mcp:admin', 'invalid_scope'],
    ['mcp:admin', 'invalid_scope'],
    ['openid mcp:read', 'invalid_scope'],
    ['MCP:READ', 'invalid_scope'],
    ['offline_access', 'invalid_scope'],
    ['', 'invalid_scope'],
    [' ', 'invalid_scope'],
    ['__proto__', 'invalid_scope'],
  ])('%j of read, write and offline_access: %j', (asked, expected) => {
    expect(outcome(asked)).toEqual(expected);
  });

  it('are the whole grant unless fewer are named, even if that opens no tool', () => {
    expect(outcome(undefined, ['offline_access'])).toEqual(['offline_access']);
  });

  it('are never more than was granted and never other than what was asked for', () => {
    const scopes = fc.subarray([...allScopes, offlineAccess]);
    fc.assert(
      fc.property(scopes, scopes, (of, asked) => {
        const narrowed = outcome(asked.join(' '), of);
        if (typeof narrowed === 'string') return;
        expect(of).toEqual(expect.arrayContaining(narrowed));
        expect(new Set(narrowed)).toEqual(new Set(asked));
      }),
    );
  });
});
