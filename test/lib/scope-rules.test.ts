import { describe, expect, it } from 'vitest';
import { isScope, offeredScopes, requestedScopes, satisfies } from '../../lib/scope-rules.ts';

describe('the scopes of an authorization request', () => {
  it.each([
    ['nothing asked', undefined, ['mcp:read', 'mcp:write']],
    ['one of ours', 'mcp:read', ['mcp:read']],
    ['every one of ours', 'mcp:admin mcp:write mcp:read', ['mcp:read', 'mcp:write', 'mcp:admin']],
    ['a refresh token', 'mcp:read offline_access', ['mcp:read', 'offline_access']],
    ['a refresh token alone', 'offline_access', ['mcp:read', 'mcp:write', 'offline_access']],
    ['OpenID scopes, which bring no ID token here', 'openid profile email mcp:read', ['mcp:read']],
    ['unknown ones only', 'claudeai tools', ['mcp:read', 'mcp:write']],
    ['repetition and stray spaces', ' mcp:read  mcp:read ', ['mcp:read']],
    ['names of object members', 'constructor __proto__', ['mcp:read', 'mcp:write']],
  ])('%s', (_name, scope, expected) => {
    expect(requestedScopes(scope)).toEqual(expected);
  });
});

describe('inclusion', () => {
  it.each([
    [['mcp:admin'], ['mcp:read', 'mcp:write', 'mcp:admin'], true],
    [['mcp:write'], ['mcp:read'], true],
    [['mcp:read'], ['mcp:write'], false],
    [['mcp:read', 'mcp:write'], ['mcp:admin'], false],
    [['offline_access', 'openid'], ['mcp:read'], false],
    [[], [], true],
  ])('%j covers %j: %s', (granted, needed, expected) => {
    expect(satisfies(granted, needed.filter(isScope))).toBe(expected);
  });
});

describe('what is offered for approval', () => {
  it.each([
    ['mcp:read', true, ['mcp:read', 'offline_access']],
    ['mcp:read offline_access', true, ['mcp:read', 'offline_access']],
    ['mcp:read', false, ['mcp:read']],
    ['mcp:read offline_access', false, ['mcp:read']],
  ])('for %j, where the client usesRefreshToken: %j', (asked, usesRefreshToken, expected) => {
    expect(offeredScopes(requestedScopes(asked), usesRefreshToken)).toEqual(expected);
  });
});
