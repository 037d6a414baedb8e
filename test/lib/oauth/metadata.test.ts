import { describe, expect, it } from 'vitest';
import { resourceAt, serverDocumentAt } from '../../../lib/oauth/metadata.ts';
import { testConfig } from '../../support/config.ts';

const origin = 'https://mcp.example.com';

describe('the resource that a path describes', () => {
  it.each([
    ['/.well-known/oauth-protected-resource', origin],
    ['/.well-known/oauth-protected-resource/mcp', `${origin}/mcp`],
    ['/.well-known/oauth-protected-resource/', undefined],
    ['/.well-known/oauth-protected-resource/mcp/', undefined],
    ['/.well-known/oauth-protected-resource/other', undefined],
    ['/.well-known/oauth-protected-resource/o/acme/mcp', undefined],
    ['/.well-known/oauth-protected-resource/mcp/../other', undefined],
    ['/api/well-known/oauth-protected-resource', undefined],
  ])('%s → %s', (path, expected) => {
    expect(resourceAt(path, origin, testConfig())).toBe(expected);
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
    ['/.well-known/oauth-authorization-server/o/acme/mcp', undefined],
    ['/o/acme/mcp/.well-known/oauth-authorization-server', undefined],
    ['/.well-known/openid-configuration/mcp/mcp', undefined],
    ['/mcp/.well-known/oauth-protected-resource', undefined],
    ['/mcp/.well-known/', undefined],
  ])('%s → %s', (path, expected) => {
    expect(serverDocumentAt(path, testConfig())).toBe(expected);
  });
});

describe('with organizations', () => {
  const config = testConfig({ ORGANIZATIONS: 'optional', ORGANIZATION_DOMAIN: 'example.com' });
  const document = '/.well-known/oauth-protected-resource';

  it.each([
    [`${document}/o/acme/mcp`, origin, `${origin}/o/acme/mcp`],
    [`${document}/mcp`, 'https://acme.example.com', 'https://acme.example.com/mcp'],
    [`${document}/o/globex/mcp`, 'https://acme.example.com', undefined],
    [`${document}/o/acme/mcp/`, origin, undefined],
    [`${document}/o/Acme/mcp`, origin, undefined],
    [`${document}/o/acme`, origin, undefined],
    [`${document}/o/acme/mcp/mcp`, origin, undefined],
    [`${document}/o/acme%2Fmcp`, origin, undefined],
  ])('%s at %s → %s', (path, at, expected) => {
    expect(resourceAt(path, at, config)).toBe(expected);
  });

  it.each([
    ['/.well-known/oauth-authorization-server/o/acme/mcp', 'oauth'],
    ['/o/acme/mcp/.well-known/openid-configuration', 'openid'],
    ['/o/Acme/mcp/.well-known/openid-configuration', undefined],
    ['/.well-known/oauth-authorization-server/o/acme/mcp/', undefined],
    ['/o/acme/mcp/.well-known/oauth-authorization-server/mcp', undefined],
  ])('%s names the %s document', (path, expected) => {
    expect(serverDocumentAt(path, config)).toBe(expected);
  });
});
