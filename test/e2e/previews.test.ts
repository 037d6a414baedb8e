import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { shellVariables } from '../../dev/environment.ts';
import { type Functions, startFunctions } from '../../dev/vercel/functions.ts';
import { listenOnLoopback } from '../../dev/vercel/loopback.ts';
import { modern, readAnswer } from '../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../support/oauth-client.ts';
import { fetchFrom } from '../support/public-hosts.ts';
import { useStack } from '../support/stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const production = 'https://mcp.example.com';
const previews = ['https://mcp-5f2kd81-acme.vercel.app', 'https://mcp-9ab3xyz-acme.vercel.app'];
const deployments = [production, ...previews];

const hostOf = (origin: string) => new URL(origin).host;
/** The variables that `npm run setup` sets for every environment, and those of Vercel for one deployment. */
const env = {
  SERVER_URL: production,
  VERCEL_PROJECT_PRODUCTION_URL: hostOf(production),
  ALLOWED_ORIGINS: undefined,
};

const stack = useStack({ env, tenantOptions: { apiIdentifier: production } });
const running: Functions[] = [];

beforeAll(async () => {
  vi.stubGlobal('fetch', fetchFrom(stack().serverUrl, [hostOf(production)]));
  for (const preview of previews) {
    const loopback = await listenOnLoopback(0);
    const own = { ...stack().env, VERCEL_ENV: 'preview', VERCEL_URL: hostOf(preview) };
    running.push(
      await startFunctions({ root, port: loopback, env: { ...shellVariables(process.env), ...own } }),
    );
    vi.stubGlobal('fetch', fetchFrom(`http://localhost:${loopback.port}`, [hostOf(preview)]));
  }
});
afterAll(async () => {
  vi.unstubAllGlobals();
  for (const functions of running) await functions.close();
});

async function callAt(origin: string, tokens: Tokens) {
  const [body, headers] = modern('tools/call', { name: 'whoami', arguments: {} });
  const response = await fetch(`${origin}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${tokens.access_token}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return (await readAnswer(response)).status;
}

/** Requests that change something in the tenant. */
const writes = () =>
  stack()
    .tenant.requests.filter(({ method, path }) => path.startsWith('/api/v2/') && method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`);

function callbacksOf(clientId: string): string[] {
  const found = stack()
    .tenant.applications()
    .find(({ client_id }) => client_id === clientId);
  return [...(found?.callbacks ?? [])].sort();
}

const allCallbacks = deployments.map((origin) => `${origin}/callback`).sort();

it('one client signs in at production and two previews at once, and later needs nothing more from the tenant', async () => {
  const registrations = deployments.map((origin) => oauthClient(origin).register({ client_name: 'At once' }));
  const [clientId = '', ...others] = await Promise.all(registrations);
  expect(new Set(others)).toEqual(new Set([clientId]));

  const first = await Promise.all(deployments.map((origin) => oauthClient(origin).tokens(clientId)));
  expect(
    await Promise.all(deployments.map((origin, index) => callAt(origin, first[index] as Tokens))),
  ).toEqual([200, 200, 200]);
  // One exact callback for each deployment, no wildcard.
  expect(callbacksOf(clientId)).toEqual(allCallbacks);

  const before = writes().length;
  for (const origin of [...deployments, ...deployments.toReversed()])
    expect(await callAt(origin, await oauthClient(origin).tokens(clientId))).toBe(200);
  expect(writes().slice(before)).toEqual([]);
});

it('a token of one deployment is good at no other', async () => {
  const clientId = await oauthClient(production).register({ client_name: 'Bound' });
  for (const origin of deployments) {
    const tokens = await oauthClient(origin).tokens(clientId);
    for (const other of deployments)
      expect([other, await callAt(other, tokens)]).toEqual([other, other === origin ? 200 : 401]);
  }
});
