import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../lib/http/errors.ts';
import { requestedResource } from '../../../lib/oauth/resource-indicator.ts';
import { testConfig } from '../../support/config.ts';

const config = testConfig({ ALLOWED_ORIGINS: 'https://preview.example.com' });

function refusal(parameters: Record<string, string>): string | undefined {
  try {
    requestedResource(new Map(Object.entries(parameters)), { config, origin: config.serverUrl });
    return undefined;
  } catch (error) {
    if (error instanceof OAuthError) return error.code;
    throw error;
  }
}

describe('a resource indicator (RFC 8707)', () => {
  it('may be left out', () => {
    expect(refusal({})).toBeUndefined();
  });

  it.each([
    'https://mcp.example.com/mcp',
    'https://mcp.example.com/mcp/',
    'https://mcp.example.com',
    'https://mcp.example.com/',
    'HTTPS://MCP.EXAMPLE.COM:443/mcp',
    'https://preview.example.com/mcp',
  ])('%s is this server', (resource) => {
    expect(refusal({ resource })).toBeUndefined();
  });

  it.each([
    'https://other.example.com/mcp',
    'https://mcp.example.com.evil.example/mcp',
    'https://mcp.example.com@evil.example/mcp',
    'https://user@mcp.example.com/mcp',
    'https://mcp.example.com:8443/mcp',
    'http://mcp.example.com/mcp',
    'https://mcp.example.com/other',
    'https://mcp.example.com/mcp/../other',
    'https://mcp.example.com/mcp#fragment',
    'https://mcp.example.com/mcp?query',
    '/mcp',
    'mcp.example.com/mcp',
    'urn:mcp',
    '__proto__',
  ])('%s is not: invalid_target', (resource) => {
    expect(refusal({ resource })).toBe('invalid_target');
  });
});
