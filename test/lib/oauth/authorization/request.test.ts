import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../../lib/http/errors.ts';
import { readAuthorizationRequest } from '../../../../lib/oauth/authorization/request.ts';
import { testConfig } from '../../../support/config.ts';

const config = testConfig({ ALLOWED_ORIGINS: 'https://preview.example.com' });

const correct: Record<string, string> = {
  response_type: 'code',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

function read(changes: Record<string, string | undefined>) {
  const entries = Object.entries({ ...correct, ...changes });
  return readAuthorizationRequest(
    new Map(entries.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    { config, origin: config.serverUrl, url: new URL(config.serverUrl), requestId: 'test' },
  );
}

function refusalOf(changes: Record<string, string | undefined>): string | undefined {
  try {
    read(changes);
    return undefined;
  } catch (error) {
    if (error instanceof OAuthError) return error.code;
    throw error;
  }
}

describe('an authorization request', () => {
  it.each([
    ['that is complete', {}, undefined],
    ['without response_type', { response_type: undefined }, 'invalid_request'],
    ['for a token', { response_type: 'token' }, 'unsupported_response_type'],
    ['for code and an ID token', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['with response_mode query', { response_mode: 'query' }, undefined],
    ['with response_mode fragment', { response_mode: 'fragment' }, 'invalid_request'],
    ['with response_mode form_post', { response_mode: 'form_post' }, 'invalid_request'],
    ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['with PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    [
      'without a PKCE method, which would mean plain',
      { code_challenge_method: undefined },
      'invalid_request',
    ],
    ['with a method in the wrong case', { code_challenge_method: 's256' }, 'invalid_request'],
    ['with a short challenge', { code_challenge: 'abc' }, 'invalid_request'],
    ['with a challenge that is not base64url', { code_challenge: `${'a'.repeat(42)}=` }, 'invalid_request'],
    ['with a challenge too long', { code_challenge: 'a'.repeat(44) }, 'invalid_request'],
    ['with a request object', { request: 'eyJ…' }, 'invalid_request'],
    ['with a request URI', { request_uri: 'https://evil.example' }, 'invalid_request'],
    ['for our MCP endpoint', { resource: 'https://mcp.example.com/mcp' }, undefined],
    ['for our origin, as Claude Code has spelt it', { resource: 'https://mcp.example.com/' }, undefined],
    ['for the endpoint with a slash', { resource: 'https://mcp.example.com/mcp/' }, undefined],
    ['for the host in capitals', { resource: 'HTTPS://MCP.example.com:443/mcp' }, undefined],
    ['for another origin of ours', { resource: 'https://preview.example.com/mcp' }, undefined],
    ['for a foreign resource', { resource: 'https://evil.example/mcp' }, 'invalid_target'],
    ['for another path of ours', { resource: 'https://mcp.example.com/other' }, 'invalid_target'],
    ['for our host over http', { resource: 'http://mcp.example.com/mcp' }, 'invalid_target'],
    [
      'for a host that begins as ours',
      { resource: 'https://mcp.example.com.evil.example' },
      'invalid_target',
    ],
    [
      'for a resource with our host as user',
      { resource: 'https://mcp.example.com@evil.example/mcp' },
      'invalid_target',
    ],
    ['for a resource with a fragment', { resource: 'https://mcp.example.com/mcp#x' }, 'invalid_target'],
    ['for something that is no URL', { resource: 'mcp' }, 'invalid_target'],
    ['with prompt none beside another', { prompt: 'none login' }, 'invalid_request'],
    ['with an unknown prompt', { prompt: 'later' }, undefined],
  ])('%s: %j → %s', (_name, changes, expected) => {
    expect(refusalOf(changes)).toBe(expected);
  });

  it('keeps a login hint within bounds', () => {
    expect(read({ login_hint: 'x'.repeat(1000) }).loginHint).toHaveLength(256);
  });
});
