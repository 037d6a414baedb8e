import { expect, it } from 'vitest';
import { useStack } from '../../support/stack.ts';

const stack = useStack({ env: { OAUTH_ENABLED: 'false' } });

it.each([
  ['GET', '/.well-known/oauth-protected-resource'],
  ['GET', '/.well-known/oauth-protected-resource/mcp'],
  ['GET', '/.well-known/oauth-authorization-server'],
  ['GET', '/.well-known/openid-configuration'],
  ['GET', '/authorize?client_id=x'],
  ['POST', '/authorize'],
  ['GET', '/callback?state=x'],
  ['GET', '/connections'],
  ['POST', '/connections'],
  ['POST', '/oauth/token'],
  ['POST', '/oauth/revoke'],
])('without sign-in there is no %s %s', async (method, path) => {
  const response = await fetch(stack().serverUrl + path, { method });
  expect(response.status).toBe(404);
});
