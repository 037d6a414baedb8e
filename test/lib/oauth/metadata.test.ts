import { describe, expect, it } from 'vitest';
import { resourceAt, serverDocumentAt } from '../../../lib/oauth/metadata.ts';

const origin = 'https://mcp.example.com';

describe('the resource that a path describes', () => {
  it.each([
    ['/.well-known/oauth-protected-resource', origin],
    ['/.well-known/oauth-protected-resource/mcp', `${origin}/mcp`],
    ['/.well-known/oauth-protected-resource/', undefined],
    ['/.well-known/oauth-protected-resource/mcp/', undefined],
    ['/.well-known/oauth-protected-resource/other', undefined],
    ['/.well-known/oauth-protected-resource/mcp/../other', undefined],
    ['/api/well-known/oauth-protected-resource', undefined],
  ])('%s → %s', (path, expected) => {
    expect(resourceAt(path, origin)).toBe(expected);
  });
});

describe('the server document that a path names', () => {
  it.each([
    ['/.well-known/oauth-authorization-server', 'oauth'],
    ['/.well-known/oauth-authorization-server/mcp', 'oauth'],
    ['/mcp/.well-known/oauth-authorization-server', 'oauth'],
    ['/.well-known/openid-configuration', 'openid'],
    ['/.well-known/openid-configuration/mcp', 'openid'],
    ['/mcp/.well-known/openid-configuration', 'openid'],
    ['/.well-known/oauth-authorization-server/other', undefined],
    ['/.well-known/openid-configuration/mcp/mcp', undefined],
    ['/mcp/.well-known/oauth-protected-resource', undefined],
    ['/mcp/.well-known/', undefined],
  ])('%s → %s', (path, expected) => {
    expect(serverDocumentAt(path)).toBe(expected);
  });
});
