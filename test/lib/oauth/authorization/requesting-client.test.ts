import { expect, it } from 'vitest';
import { requireRegistered } from '../../../../lib/oauth/authorization/requesting-client.ts';
import type { FoundClient } from '../../../../lib/oauth/client/application/record.ts';
import { testConfig } from '../../../support/config.ts';

const client: FoundClient = {
  id: 'a'.repeat(32),
  shortId: 'a'.repeat(32),
  source: 'registration',
  name: 'App',
  redirectUris: ['https://app.example/callback', 'http://localhost:1/callback'],
  authMethod: 'none',
  usesRefreshToken: true,
  record: undefined,
};

it.each<[string, Record<string, string>]>([
  ['ALLOWED_REDIRECT_HOSTS no longer names its host', { ALLOWED_REDIRECT_HOSTS: 'claude.ai' }],
  ['it has become an origin of this server', { ALLOWED_ORIGINS: 'https://app.example' }],
])('a redirect URI that was registered before is refused once %s', (_, env) => {
  const [first = ''] = client.redirectUris;
  requireRegistered(testConfig(), client, first);
  expect(() => requireRegistered(testConfig(env), client, first)).toThrow('does not allow the address');
  requireRegistered(testConfig(env), client, 'http://localhost:2/callback');
});
