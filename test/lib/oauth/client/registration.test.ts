import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../../lib/http/errors.ts';
import { readRegistration, register } from '../../../../lib/oauth/client/registration.ts';
import { testConfig } from '../../../support/config.ts';
import { useInstances } from '../../../support/instances.ts';

const config = testConfig();
const good = { client_name: 'App', redirect_uris: ['https://app.example.com/cb'] };

function refusalOf(body: Record<string, unknown>): { code: string; message: string } {
  try {
    readRegistration(body, config);
  } catch (error) {
    if (error instanceof OAuthError) return error;
  }
  throw new Error('not refused');
}

describe('a registration request', () => {
  it.each([
    ['none', 'none'],
    ['client_secret_post', 'client_secret_post'],
    ['client_secret_basic', 'client_secret_basic'],
    [undefined, 'client_secret_basic'],
    [null, 'client_secret_basic'],
  ])('for the method %s gets %s', (token_endpoint_auth_method, authMethod) => {
    expect(readRegistration({ ...good, token_endpoint_auth_method }, config)).toMatchObject({ authMethod });
  });

  it.each([
    [undefined, true],
    [['authorization_code'], false],
    [['refresh_token', 'authorization_code'], true],
    [['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'], false],
  ])('for the grant types %j may refresh: %j', (grant_types, usesRefreshToken) => {
    expect(readRegistration({ ...good, grant_types }, config)).toMatchObject({ usesRefreshToken });
  });

  it('may carry anything else that RFC 7591 or a vendor has thought of', () => {
    const others = {
      scope: 'mcp:read',
      client_uri: 'https://app.example.com',
      logo_uri: 'javascript:alert(1)',
      contacts: ['a@example.com'],
      software_id: 7,
      jwks: { keys: [] },
      'x-vendor': { deep: true },
    };
    expect(readRegistration({ ...good, ...others }, config)).toEqual(readRegistration(good, config));
  });

  it.each([
    [{ client_name: '' }, 'MCP client at app.example.com'],
    [{ client_name: undefined }, 'MCP client at app.example.com'],
    [{ client_name: 'Сlaude' }, 'MCP client at app.example.com'],
    [{ client_name: '<Claude>\u202e' }, 'Claude'],
  ])('with %j is called %j', (change, name) => {
    expect(readRegistration({ ...good, ...change }, config)).toMatchObject({ name });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no redirect URIs', { redirect_uris: undefined }, 'must be a list'],
    ['an empty list', { redirect_uris: [] }, 'must be a list'],
    ['a redirect URI outside a list', { redirect_uris: 'https://app.example.com/cb' }, 'must be a list'],
    ['a redirect URI that is no text', { redirect_uris: [7] }, 'must be a list'],
    ['21 redirect URIs', { redirect_uris: Array(21).fill('https://app.example.com/cb') }, 'must be a list'],
    [
      'a bad one among good ones',
      { redirect_uris: [...good.redirect_uris, 'http://a.example/'] },
      'number 2 uses plain http',
    ],
    ['a script', { redirect_uris: ['javascript:alert(1)'] }, 'scheme'],
    ['a fragment', { redirect_uris: ['https://app.example.com/#a'] }, 'fragment'],
    [
      'more than Auth0 can keep',
      { redirect_uris: [1, 2, 3, 4, 5].map((n) => `https://app.example.com/${n}${'a'.repeat(220)}`) },
      'longer than 1020 characters together',
    ],
  ])('with %s is an invalid_redirect_uri', (_, change, reason) => {
    const refusal = refusalOf({ ...good, ...change });
    expect(refusal.code).toBe('invalid_redirect_uri');
    expect(refusal.message).toContain(reason);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown auth method', { token_endpoint_auth_method: 'private_key_jwt' }, 'Use one of none'],
    ['an auth method that is no text', { token_endpoint_auth_method: 1 }, 'token_endpoint_auth_method'],
    ['implicit alone', { grant_types: ['implicit'] }, 'authorization_code'],
    ['client credentials alone', { grant_types: ['client_credentials'] }, 'authorization_code'],
    ['no grant types', { grant_types: [] }, 'authorization_code'],
    ['grant types outside a list', { grant_types: 'authorization_code' }, 'grant_types'],
    ['the response type token', { response_types: ['token'] }, 'must include code'],
    ['an unknown application type', { application_type: 'desktop' }, 'Use web or native'],
    ['a name that is no text', { client_name: { en: 'App' } }, 'client_name'],
    ['an endless name', { client_name: 'a'.repeat(1001) }, 'client_name'],
  ])('with %s is an invalid_client_metadata', (_, change, reason) => {
    const refusal = refusalOf({ ...good, ...change });
    expect(refusal.code).toBe('invalid_client_metadata');
    expect(refusal.message).toContain(reason);
  });

  it('is refused in words that fit a header and a JSON string, whatever was sent', () => {
    const { message } = refusalOf({ ...good, redirect_uris: ['myapp://"\\\r\n'] });
    expect(message).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});

describe('a registration flood', () => {
  const running = useInstances();

  it('from one address makes twenty applications an hour, and what exists can be registered again', async () => {
    const headers = { 'x-real-ip': '192.0.2.77' };
    const attempt = async (n: number) => {
      const context = running().instance();
      const registration = readRegistration({ ...good, client_name: `Flood ${n}` }, context.config);
      const request = new Request('https://mcp.example.com/register', { method: 'POST', headers });
      const { client_id } = await register(context, request, registration);
      return String(client_id);
    };
    const ids: string[] = [];
    for (let n = 0; n < 24; n++) ids.push(await attempt(n));
    expect(ids.map((id) => id.startsWith('self.'))).toEqual([
      ...Array(20).fill(false),
      ...Array(4).fill(true),
    ]);
    const ours = running()
      .tenant.applications()
      .filter(({ client_metadata }) => client_metadata?.made_by);
    expect(ours).toHaveLength(20);
    expect(await attempt(3)).toBe(ids[3]);
  });
});
