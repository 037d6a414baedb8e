import { describe, expect, it } from 'vitest';
import type { Context } from '../../../../lib/http/endpoint.ts';
import { OAuthError } from '../../../../lib/http/errors.ts';
import { answeringClient, authorizationResponse } from '../../../../lib/oauth/authorization/response.ts';
import { testConfig } from '../../../support/config.ts';

const context: Context = {
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

describe('once the redirect URI is trusted', () => {
  const target = { redirectUri: 'https://client.example.com/cb', state: 's' };

  it('a refusal goes to the client', async () => {
    const response = await answeringClient(get, context, target, async () => {
      throw new OAuthError('invalid_target', 'Not ours.');
    });
    const query = new URL(response.headers.get('location') ?? '').searchParams;
    expect(Object.fromEntries(query)).toEqual({
      error: 'invalid_target',
      error_description: 'Not ours.',
      state: 's',
      iss: 'https://mcp.example.com',
    });
  });

  it('what failed inside stays inside', async () => {
    const response = await answeringClient(get, context, target, async () => {
      throw new Error('connect ECONNREFUSED 10.0.0.1 with secret');
    });
    const query = new URL(response.headers.get('location') ?? '').searchParams;
    expect(query.get('error')).toBe('server_error');
    expect(query.get('error_description')).toContain('request-1');
    expect(query.get('error_description')).not.toContain('10.0.0.1');
  });
});
