import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/config.ts';
import { originOf, ourResource } from '../../lib/origin.ts';

const result = readConfig({
  AUTH0_DOMAIN: 'acme.auth0.com',
  AUTH0_CLIENT_ID: 'id',
  AUTH0_CLIENT_SECRET: 'secret',
  SERVER_URL: 'https://mcp.example.com',
  ALLOWED_ORIGINS: 'https://preview.example.com,http://localhost:3000',
});
if ('failure' in result) throw new Error('incomplete');
const config = result.value;

describe('the origin of a request', () => {
  it.each([
    ['the canonical host', 'mcp.example.com', 'https://mcp.example.com'],
    ['another allowed host', 'preview.example.com', 'https://preview.example.com'],
    ['a host in capitals', 'PREVIEW.example.com', 'https://preview.example.com'],
    ['a host with its port', 'localhost:3000', 'http://localhost:3000'],
    ['an unknown host', 'evil.example', 'https://mcp.example.com'],
    ['an allowed host at another port', 'preview.example.com:8443', 'https://mcp.example.com'],
    ['a host that merely ends alike', 'evil-mcp.example.com', 'https://mcp.example.com'],
  ])('of %s', (_, host, origin) => {
    expect(originOf(new Request('https://ignored.example/', { headers: { host } }), config)).toBe(origin);
  });

  it('is not changed by X-Forwarded-Host', () => {
    const headers = { host: 'mcp.example.com', 'x-forwarded-host': 'preview.example.com' };
    expect(originOf(new Request('https://mcp.example.com/', { headers }), config)).toBe(
      'https://mcp.example.com',
    );
  });
});

describe('a resource value', () => {
  it.each([
    'https://mcp.example.com',
    'https://mcp.example.com/',
    'https://mcp.example.com/mcp',
    'https://mcp.example.com/mcp/',
    'HTTPS://MCP.example.com:443/mcp',
    'https://mcp.example.com/x/../mcp',
    'https://preview.example.com/mcp',
    'http://localhost:3000/mcp',
  ])('%s is ours', (value) => {
    expect(ourResource(value, config)).toEqual({
      origin: new URL(value).origin,
      organizationPath: undefined,
    });
  });

  it.each([
    'https://evil.example/mcp',
    'https://mcp.example.com.evil.example/mcp',
    'https://mcp.example.com@evil.example/mcp',
    'https://user@mcp.example.com/mcp',
    'http://mcp.example.com/mcp',
    'https://mcp.example.com:8443/mcp',
    'https://mcp.example.com/other',
    'https://mcp.example.com/MCP',
    'https://mcp.example.com/o/acme/mcp',
    'https://acme.example.com/mcp',
    'https://mcp.example.com/mcp#fragment',
    'https://mcp.example.com/mcp#',
    'https://mcp.example.com/mcp?x=1',
    'mcp.example.com/mcp',
    '',
  ])('%s is foreign', (value) => {
    expect(ourResource(value, config)).toBeUndefined();
  });
});
