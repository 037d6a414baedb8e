import { describe, expect, test } from 'vitest';
import { overridesIn, readLocalEnvironment, shellVariables } from '../../dev/environment.ts';

describe('a variable in the shell → whether npm start passes it on', () => {
  test.each([
    ['PATH', true],
    ['HTTPS_PROXY', true],
    ['WEATHER_API_KEY', true],
    ['LOG_LEVEL', true],
    ['OAUTH_ENABLED', true],
    ['ALLOWED_ORIGINS', true],
    ['MCP_STANDING_STREAM', true],
    ['SEALING_SECRET', true],
    ['AUTH0_DOMAIN', false],
    ['AUTH0_CLIENT_SECRET', false],
    ['OAUTH_AUDIENCE', false],
    ['SERVER_URL', false],
    ['UPSTASH_REDIS_REST_URL', false],
    ['KV_REST_API_TOKEN', false],
    ['VERCEL', false],
    ['VERCEL_URL', false],
    ['CRON_SECRET', false],
    ['NODE_ENV', false],
  ])('%s → %s', (name, passed) => {
    const shell = { [name]: 'value' };
    expect({ ...shellVariables(shell), ...overridesIn(shell) }).toEqual(passed ? shell : {});
  });

  test('a stack in a test takes no setting from the shell', () => {
    expect(shellVariables({ LOG_LEVEL: 'debug', OAUTH_ENABLED: 'false', MCP_STANDING_STREAM: 'on' })).toEqual(
      {},
    );
  });
});

test('local.env names the three default ports', () => {
  const { SERVER_URL, AUTH0_DOMAIN, UPSTASH_REDIS_REST_URL } = readLocalEnvironment();
  expect([SERVER_URL, AUTH0_DOMAIN, UPSTASH_REDIS_REST_URL]).toEqual([
    'http://localhost:3000',
    'http://localhost:3001',
    'http://localhost:3002',
  ]);
});
