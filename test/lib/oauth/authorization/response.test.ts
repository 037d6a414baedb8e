import { describe, expect, it } from 'vitest';
import { TenantError } from '../../../../lib/auth0/errors.ts';
import type { SignInContext } from '../../../../lib/http/endpoint.ts';
import { OAuthError } from '../../../../lib/http/errors.ts';
import {
  answeringClient,
  authorizationResponse,
  isWellKnown,
} from '../../../../lib/oauth/authorization/response.ts';
import type { Client } from '../../../../lib/oauth/client/client.ts';
import { returnLink, textOf } from '../../../support/browser-user.ts';
import { testConfig } from '../../../support/config.ts';

const context: SignInContext = {
  config: testConfig(),
  origin: 'https://mcp.example.com',
  url: new URL('https://mcp.example.com/authorize'),
  requestId: 'request-1',
};

const get = new Request('https://mcp.example.com/authorize');
const post = new Request('https://mcp.example.com/authorize', { method: 'POST' });
const iss = 'iss=https%3A%2F%2Fmcp.example.com';

describe('an authorization response', () => {
  it.each([
    ['https://client.example.com/cb', `https://client.example.com/cb?code=c&state=s&${iss}`],
    ['https://client.example.com/cb?', `https://client.example.com/cb?code=c&state=s&${iss}`],
    [
      'https://client.example.com/cb?a=%20b&c',
      `https://client.example.com/cb?a=%20b&c&code=c&state=s&${iss}`,
    ],
    ['https://client.example.com', `https://client.example.com?code=c&state=s&${iss}`],
    ['http://127.0.0.1:33418/', `http://127.0.0.1:33418/?code=c&state=s&${iss}`],
    [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      `cursor://anysphere.cursor-mcp/oauth/callback?code=c&state=s&${iss}`,
    ],
  ])('keeps %s to the letter', (redirectUri, expected) => {
    const response = authorizationResponse(get, context, { redirectUri, state: 's' }, { code: 'c' });
    expect(response.headers.get('location')).toBe(expected);
  });

  it('cannot be given further parameters through the state', () => {
    const target = { redirectUri: 'https://client.example.com/cb', state: 's&code=forged#x' };
    const location = authorizationResponse(get, context, target, { code: 'c' }).headers.get('location');
    const { searchParams, hash } = new URL(location ?? '');
    expect(searchParams.getAll('code')).toEqual(['c']);
    expect(searchParams.get('state')).toBe(target.state);
    expect(hash).toBe('');
  });

  it('names no state where the client sent none', () => {
    const target = { redirectUri: 'https://client.example.com/cb', state: undefined };
    const location = authorizationResponse(get, context, target, { code: 'c' }).headers.get('location');
    expect(location).toBe(`https://client.example.com/cb?code=c&${iss}`);
  });

  it('is never a redirect that repeats a form', () => {
    const target = { redirectUri: 'https://client.example.com/cb', state: undefined };
    expect(authorizationResponse(get, context, target, {}).status).toBe(302);
    expect(authorizationResponse(post, context, target, {}).status).toBe(303);
  });
});

const refusing = (isTrusted: boolean, error: Error) =>
  answeringClient(get, context, target, isTrusted, async () => {
    throw error;
  });
const target = { redirectUri: 'https://client.example.com/cb', state: 's' };
const notOurs = new OAuthError('invalid_target', 'Not ours.');
const internal = new Error('connect ECONNREFUSED 10.0.0.1 with secret');

describe('once the user has approved the client in this browser', () => {
  it('a refusal goes to the client', async () => {
    const response = await refusing(true, notOurs);
    const query = new URL(response.headers.get('location') ?? '').searchParams;
    expect(Object.fromEntries(query)).toEqual({
      error: 'invalid_target',
      error_description: 'Not ours.',
      state: 's',
      iss: 'https://mcp.example.com',
    });
  });

  it('what failed inside stays inside', async () => {
    const response = await refusing(true, internal);
    const query = new URL(response.headers.get('location') ?? '').searchParams;
    expect(query.get('error')).toBe('server_error');
    expect(query.get('error_description')).toContain('request-1');
    expect(query.get('error_description')).not.toContain('10.0.0.1');
  });

  it('a tenant that is down reads as temporarily_unavailable, with no detail of the call', async () => {
    const response = await refusing(true, new TenantError('unavailable', 'POST /oauth/token got no answer'));
    const query = new URL(response.headers.get('location') ?? '').searchParams;
    expect(query.get('error')).toBe('temporarily_unavailable');
    expect(query.get('error_description')).not.toContain('/oauth/token');
  });
});

describe('before that', () => {
  it('a refusal is a page that names the host and leaves going there to the user', async () => {
    const response = await refusing(false, notOurs);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    const page = textOf(await response.clone().text());
    expect(page).toContain('Not ours.');
    expect(page).toContain('Return to client.example.com');
    expect(returnLink(await response.text())?.href).toBe(
      `https://client.example.com/cb?error=invalid_target&error_description=Not+ours.&state=s&${iss}`,
    );
  });

  it('a denial is a page too, of status 200', async () => {
    const response = await refusing(false, new OAuthError('access_denied', 'The user denied the request.'));
    expect(response.status).toBe(200);
    expect(response.headers.get('location')).toBeNull();
    expect(textOf(await response.text())).toContain('The app did not get access.');
  });

  it('what failed inside stays inside', async () => {
    const response = await refusing(false, internal);
    expect(response.status).toBe(500);
    const page = await response.text();
    expect(page).toContain('request-1');
    expect(page).not.toContain('10.0.0.1');
  });

  it('a page for a person asks for no authentication that a browser cannot give', async () => {
    const response = await refusing(false, new OAuthError('invalid_client', 'Unknown.'));
    expect(response.status).toBe(400);
  });
});

describe('a client that many people use', () => {
  const client: Client = {
    id: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
    shortId: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
    source: 'document',
    name: 'Claude',
    redirectUris: ['https://claude.ai/api/mcp/auth_callback'],
    authMethod: 'none',
    usesRefreshToken: true,
  };
  it.each<[string, Partial<Client>, boolean]>([
    ['Claude by its document', {}, true],
    ['another document of the same host', { id: 'https://claude.ai/other.json' }, false],
    ['a registration that calls itself Claude', { id: 'a'.repeat(32), source: 'registration' }, false],
    ['a registration with the id of the document', { source: 'registration' }, false],
  ])('is known by its document alone: %s', (_, changes, expected) => {
    expect(isWellKnown({ ...client, ...changes })).toBe(expected);
  });
});
