import { inspect } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { userHash } from '../../../../lib/access-token/principal.ts';
import type { Call } from '../../../../lib/mcp/define/call.ts';
import { defineTool } from '../../../../lib/mcp/define/tool.ts';
import { serveModern } from '../../../../lib/mcp/modern.ts';
import { authInfoOf } from '../../../../lib/mcp/server/auth-info.ts';
import type { RequestContext } from '../../../../lib/mcp/server/request-context.ts';
import { seal } from '../../../../lib/sealing.ts';
import { profileKey } from '../../../../lib/store/keys.ts';
import { withStore } from '../../../../lib/store/redis.ts';
import { identity } from '../../../../lib/tools/identity.ts';
import { modern } from '../../../support/mcp-request.ts';
import { useStore } from '../../../support/store.ts';

const running = useStore();
const principal = {
  issuer: 'https://issuer.example.com/',
  subject: 'auth0|ada',
  clientId: 'client',
  scopes: ['mcp:read'],
  audience: [],
  expiresAt: 4_000_000_000,
};

let call: Call | undefined;
const look = defineTool({
  name: 'look',
  title: 'Look',
  description: 'Keeps the call that it is given.',
  scopes: [],
  annotations: { readOnlyHint: true },
  handler: (_args, given) => {
    call = given;
    return 'Looked.';
  },
});

beforeAll(async () => {
  const context: RequestContext = {
    config: running().config,
    offer: { identity, features: [look] },
    principal,
    principalHash: 'principal',
    grant: undefined,
    authInfo: authInfoOf(principal, 'https://mcp.example.com/mcp'),
    requestId: 'request',
    extended: [],
    deadlineMs: Date.now() + 60_000,
    paramsOf: () => ({}),
    refuse: () => {},
  };
  const [body, headers] = modern('tools/call', { name: 'look', arguments: {} });
  const request = new Request('https://mcp.example.com/mcp', {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
  });
  await (await serveModern(request, body, context)).text();
});

test('a tool is given no configuration and no secret', () => {
  const { config } = running();
  const seen = inspect(call, { depth: 20, showHidden: true });
  expect(seen).toContain('auth0|ada');
  for (const secret of [config.oauth?.clientSecret, ...config.sealingSecrets, 'sealingSecrets'])
    expect(seen).not.toContain(secret);
  expect(call).not.toHaveProperty('config');
});

test('a tool learns the email and name from the last sign-in', async () => {
  const { config } = running();
  expect(await call?.user()).toEqual({});
  const key = profileKey(userHash(principal));
  const claims = { email: 'ada@example.com', name: 'Ada' };
  const profile = seal(config, 'profile', { user: userHash(principal), claims }, 60);
  await withStore(config, (redis) => redis.set(key, profile));
  expect(await call?.user()).toEqual({ email: 'ada@example.com', name: 'Ada' });
});

test('a tool can check the store', async () => {
  expect(await call?.checkStore()).toEqual({ state: 'reachable', ms: expect.any(Number) });
  running().store.faults.outage = 'unavailable';
  expect(await call?.checkStore()).toMatchObject({ state: 'unreachable' });
  running().store.faults.outage = 'none';
});

test('a tool learns which deployment is running', () => {
  expect(call?.deployment.environment).toBe('local');
});
