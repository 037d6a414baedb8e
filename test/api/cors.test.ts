import { expect, it } from 'vitest';
import { useStack } from '../support/stack.ts';

const stack = useStack();

const preflight = (path: string, method: string) =>
  fetch(stack().serverUrl + path, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://localhost:6274',
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type, mcp-protocol-version, authorization',
    },
  });

it.each([
  ['/.well-known/oauth-protected-resource', 'GET'],
  ['/.well-known/oauth-protected-resource/mcp', 'GET'],
  ['/.well-known/oauth-authorization-server', 'GET'],
  ['/.well-known/openid-configuration', 'GET'],
  ['/register', 'POST'],
  ['/oauth/token', 'POST'],
  ['/oauth/revoke', 'POST'],
  ['/mcp', 'POST'],
])('a browser client may call %s', async (path, method) => {
  const { status, headers } = await preflight(path, method);
  expect(status).toBe(204);
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('access-control-allow-methods')).toContain(method);
  const allowed = headers.get('access-control-allow-headers')?.toLowerCase();
  for (const name of ['content-type', 'mcp-protocol-version', 'authorization'])
    expect(allowed).toContain(name);
  expect(headers.get('access-control-allow-credentials')).toBeNull();
});

it.each([
  ['/authorize', 'GET'],
  ['/authorize', 'POST'],
  ['/callback', 'GET'],
])("no script of another origin may see %s, which acts with the user's cookies", async (path, method) => {
  expect((await preflight(path, method)).headers.get('access-control-allow-origin')).toBeNull();
  const response = await fetch(stack().serverUrl + path, {
    method,
    headers: { origin: 'https://evil.example' },
  });
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});

it.each([
  ['/authorize', 'PUT'],
  ['/callback', 'POST'],
  ['/oauth/token', 'GET'],
  ['/oauth/revoke', 'GET'],
  ['/.well-known/oauth-authorization-server', 'POST'],
])('%s does not take %s', async (path, method) => {
  const response = await fetch(stack().serverUrl + path, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBeTruthy();
});
