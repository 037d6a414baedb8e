import { beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../../../lib/access-token/principal.ts';
import { serveLegacy } from '../../../lib/mcp/legacy/serve.ts';
import { serveModern } from '../../../lib/mcp/modern.ts';
import { authInfoOf } from '../../../lib/mcp/server/auth-info.ts';
import type { RequestContext } from '../../../lib/mcp/server/request-context.ts';
import { identity } from '../../../lib/tools/identity.ts';
import { behaviours } from '../../mcp-server/features/behaviours.ts';
import { initialize, modern, request } from '../../support/mcp-request.ts';
import { useStore } from '../../support/store.ts';

const running = useStore();
let context: RequestContext;
beforeAll(() => {
  const principal: Principal = {
    issuer: 'https://issuer.example.com/',
    subject: 'user',
    clientId: 'client',
    scopes: ['mcp:read'],
    expiresAt: Number.POSITIVE_INFINITY,
  };
  context = {
    config: running().config,
    offer: { identity, features: behaviours },
    principal,
    principalHash: 'principal',
    grant: undefined,
    authInfo: authInfoOf(principal, 'https://mcp.example.com/mcp'),
    requestId: 'request',
    extended: [],
    deadlineMs: Date.now() + 300_000,
    paramsOf: () => ({}),
    refuse: () => {},
  };
});

const post = (headers: Record<string, string>) =>
  new Request('https://mcp.example.com/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
  });
const legacy = (body: unknown) =>
  serveLegacy(post({ 'mcp-protocol-version': '2025-11-25' }), body, undefined, context);
const listen = (notifications: Record<string, boolean>) => {
  const [body, headers] = modern('subscriptions/listen', { notifications });
  return serveModern(post(headers), body, context);
};
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('what is over leaves no timer behind', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['a call', async () => (await legacy(request('ping'))).text()],
    ['an initialize', async () => (await legacy(initialize())).text()],
    [
      'a call whose client leaves',
      async () =>
        (await legacy(request('tools/call', { name: 'oblivious', arguments: { ms: 50 } }))).body?.cancel(),
    ],
    ['a subscription to nothing', async () => (await listen({ toolsListChanged: true })).text()],
    [
      'a subscription whose client leaves',
      async () => (await listen({ resourcesListChanged: true })).body?.cancel(),
    ],
  ])('%s', async (_title, exchange) => {
    const before = timers();
    for (let round = 0; round < 20; round++) await exchange();
    await expect.poll(timers, { timeout: 3_000 }).toBeLessThan(before + 5);
  });
});
