import { expect, test } from 'vitest';
import { readVerifyArguments } from '../../../cli/verify/arguments.ts';

const env = { CRON_SECRET: 'a-secret-of-the-deployment' };

test.for([
  ['https://mcp.example.com/mcp', env.CRON_SECRET],
  ['http://localhost:3000/mcp', env.CRON_SECRET],
  ['http://mcp.example.com/mcp', undefined],
  ['http://localhost.example.com/mcp', undefined],
] as const)('CRON_SECRET is only sent encrypted, or to this machine: %s', ([url, secret]) => {
  expect(readVerifyArguments([url], env)).toMatchObject({ cronSecret: secret });
});

test.for([
  ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'],
  ['KV_REST_API_URL', 'KV_REST_API_TOKEN'],
] as const)('the store is the one in %s', ([url, token]) => {
  const variables = { [url]: 'https://store.example.com/', [token]: 'store-token' };
  expect(readVerifyArguments(['https://mcp.example.com/mcp'], variables)).toMatchObject({
    store: { url: 'https://store.example.com', token: 'store-token' },
  });
});

test('without variables, it signs in by a person, in the browser', () => {
  expect(readVerifyArguments(['https://mcp.example.com/mcp'], {})).toEqual({
    doctor: {
      url: 'https://mcp.example.com/mcp',
      signIn: true,
      directory: false,
      testUser: undefined,
      timeoutMs: undefined,
      signInTimeoutMs: 300_000,
      bypassSecret: undefined,
      tenant: undefined,
    },
    open: true,
    preview: undefined,
    origins: [],
    output: 'verification.md',
    cronSecret: undefined,
    store: undefined,
  });
});
