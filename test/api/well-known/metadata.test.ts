import { describe, expect, it } from 'vitest';
import { serverTitle } from '../../../lib/identity.ts';
import { enabledGrants } from '../../../lib/oauth/extensions/index.ts';
import { identity } from '../../../lib/tools/identity.ts';
import { testConfig } from '../../support/config.ts';
import { getAs } from '../../support/request-as.ts';
import { useStack } from '../../support/stack.ts';

const other = 'https://preview.example.com';
const authMethods = ['none', 'client_secret_post', 'client_secret_basic', 'private_key_jwt'];
const stack = useStack({ env: { ALLOWED_ORIGINS: other } });
/** Those of the extensions that this server has. */
const furtherGrants = enabledGrants(testConfig()).map(({ grantType }) => grantType);

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await getAs(stack().serverUrl + path, headers);
  return { status: response.status, headers: response.headers, body: await response.json() };
};

describe('protected resource metadata', () => {
  it.each([
    ['/.well-known/oauth-protected-resource', ''],
    ['/.well-known/oauth-protected-resource/mcp', '/mcp'],
  ])('%s names the resource that was typed, and us alone as its server', async (path, suffix) => {
    const { status, body } = await get(path);
    const { links = {} } = identity;
    const at = (link: string | undefined) => link && new URL(link, stack().serverUrl).href;
    expect(status).toBe(200);
    expect(body).toEqual({
      resource: `${stack().serverUrl}${suffix}`,
      authorization_servers: [stack().serverUrl],
      scopes_supported: ['mcp:read', 'mcp:write'],
      bearer_methods_supported: ['header'],
      resource_name: serverTitle,
      resource_documentation: at(links.documentation),
      resource_policy_uri: at(links.privacy),
      resource_tos_uri: at(links.terms),
    });
  });

  it.each(['/other', '/mcp/more', '/mcp%2F'])('…%s is not found, in JSON', async (suffix) => {
    const { status, body } = await get(`/.well-known/oauth-protected-resource${suffix}`);
    expect(status).toBe(404);
    expect(body).toHaveProperty('error');
  });
});

describe('authorization server metadata', () => {
  it.each([
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/mcp',
    '/mcp/.well-known/openid-configuration',
    '/mcp/.well-known/oauth-authorization-server',
  ])('%s describes the root issuer', async (path) => {
    const origin = stack().serverUrl;
    const { status, body } = await get(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/oauth/token`,
      registration_endpoint: `${origin}/register`,
      revocation_endpoint: `${origin}/oauth/revoke`,
      scopes_supported: ['mcp:read', 'mcp:write', 'mcp:admin', 'offline_access'],
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token', ...furtherGrants],
      token_endpoint_auth_methods_supported: authMethods,
      token_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      revocation_endpoint_auth_methods_supported: authMethods,
      revocation_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      service_documentation: `${origin}/`,
      op_policy_uri: `${origin}/privacy`,
    });
  });

  it.each([
    '/.well-known/oauth-authorization-server/other',
    '/.well-known/openid-configuration/tenant1',
    '/mcp/.well-known/oauth-protected-resource',
  ])('%s is not found, in JSON', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).toHaveProperty('error');
  });
});

describe('every document', () => {
  const paths = ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-authorization-server'];

  it.each(paths)('%s can be read by a browser client and is kept for five minutes', async (path) => {
    const { headers } = await get(path, { origin: 'http://localhost:6274' });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('content-type')).toContain('application/json');
  });

  it.each(paths)('%s speaks of the origin that was asked', async (path) => {
    const { body } = await get(path, { host: 'preview.example.com' });
    expect(JSON.stringify(body)).toContain(other);
    expect(JSON.stringify(body)).not.toContain(stack().serverUrl);
  });

  it.each(paths)('%s never names a host that is not ours', async (path) => {
    const spoofs: Record<string, string>[] = [
      { host: 'evil.example' },
      { 'x-forwarded-host': 'evil.example' },
      { forwarded: 'host=evil.example' },
      { 'x-original-url': 'https://evil.example/' },
    ];
    for (const headers of spoofs) {
      const { body } = await get(path, headers);
      expect(JSON.stringify(body)).not.toContain('evil');
      expect(JSON.stringify(body)).toContain(stack().serverUrl);
    }
  });

  it.each(paths)('%s takes nothing from the query', async (path) => {
    const plain = await get(path);
    const { body } = await get(`${path}?0=openid-configuration&1=other&path=%2Fother&resource=x`);
    expect(body).toEqual(plain.body);
  });
});
