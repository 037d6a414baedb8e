import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { browserUser, returnLink, signIn } from '../support/browser-user.ts';
import { modern, readAnswer } from '../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../support/oauth-client.ts';
import { fetchFrom } from '../support/public-hosts.ts';
import { useStack } from '../support/stack.ts';

const canonical = 'https://mcp.example.com';
const branch = 'https://mcp-git-feature-acme.vercel.app';
const deployment = 'https://mcp-5f2kd81-acme.vercel.app';
const further = 'https://tools.example.org';
const origins = [canonical, branch, deployment, further];
const unknown = 'https://mcp-another-acme.vercel.app';

const hostOf = (origin: string) => new URL(origin).host;

const stack = useStack({
  env: {
    SERVER_URL: undefined,
    VERCEL_PROJECT_PRODUCTION_URL: hostOf(canonical),
    VERCEL_BRANCH_URL: hostOf(branch),
    VERCEL_URL: hostOf(deployment),
    ALLOWED_ORIGINS: further,
  },
  tenantOptions: { apiIdentifier: canonical },
});

beforeAll(() => {
  vi.stubGlobal('fetch', fetchFrom(stack().serverUrl, [...origins, unknown].map(hostOf)));
});
afterAll(() => {
  vi.unstubAllGlobals();
});

const getJson = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url, { headers })).json();

async function post(origin: string, token?: string) {
  const [body, headers] = modern('tools/call', { name: 'whoami', arguments: {} });
  const response = await fetch(`${origin}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return readAnswer(response);
}

function application(clientId: string) {
  const found = stack()
    .tenant.applications()
    .find(({ client_id }) => client_id === clientId);
  if (!found) throw new Error('no such application');
  return found;
}

describe.each(origins)('at %s the server', (origin) => {
  it('is the issuer and the resource, and names no other origin', async () => {
    const resource = await getJson(`${origin}/.well-known/oauth-protected-resource/mcp`);
    expect(resource).toMatchObject({ resource: `${origin}/mcp`, authorization_servers: [origin] });
    const root = await getJson(`${origin}/.well-known/oauth-protected-resource`);
    expect(root).toMatchObject({ resource: origin, authorization_servers: [origin] });
    const server = await getJson(`${origin}/.well-known/oauth-authorization-server`);
    expect(server).toMatchObject({ issuer: origin, token_endpoint: `${origin}/oauth/token` });
    const { status, headers } = await post(origin);
    const challenge = headers.get('www-authenticate') ?? '';
    expect(status).toBe(401);
    expect(challenge).toContain(`resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`);
    const everything = JSON.stringify([resource, root, server]) + challenge;
    for (const other of [...origins, stack().serverUrl])
      if (other !== origin) expect(everything).not.toContain(other);
  });

  it('signs in from its own callback, and code and tokens are good here and at no other origin', async () => {
    const client = oauthClient(origin);
    const clientId = await client.register({ client_name: `Client of ${hostOf(origin)}` });
    const callback = await signIn(client.authorizationUrl(clientId));
    expect(callback.searchParams.get('iss')).toBe(origin);
    expect(application(clientId).callbacks).toContain(`${origin}/callback`);
    const code = callback.searchParams.get('code') ?? '';
    const others = origins.filter((each) => each !== origin);
    for (const other of others) {
      const refused = await oauthClient(other).exchange(clientId, code, { code_verifier: client.verifier });
      expect([other, refused.status, (await refused.json()).error]).toEqual([other, 400, 'invalid_grant']);
    }
    const tokens = (await (await client.exchange(clientId, code)).json()) as Tokens;
    for (const each of origins) {
      const { status, headers } = await post(each, tokens.access_token);
      expect([each, status]).toEqual([each, each === origin ? 200 : 401]);
      if (each === origin) continue;
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(headers.get('www-authenticate')).toContain(`as_uri="${each}"`);
    }
    for (const other of others) {
      const refused = await oauthClient(other).refresh(clientId, tokens.refresh_token);
      expect([other, refused.status, (await refused.json()).error]).toEqual([other, 400, 'invalid_grant']);
    }
    expect((await client.refresh(clientId, tokens.refresh_token)).status).toBe(200);
  });
});

describe('a client that comes by several origins', () => {
  it('is the same client everywhere', async () => {
    const registration = { client_name: 'Everywhere' };
    const ids = [];
    for (const origin of origins) ids.push(await oauthClient(origin).register(registration));
    expect(new Set(ids).size).toBe(1);
  });

  it("has a preview's callback added at Auth0 when it first signs in there, and not before", async () => {
    const clientId = await oauthClient(canonical).register({ client_name: 'Preview visitor' });
    const preview = oauthClient(deployment);
    expect(application(clientId).callbacks).toEqual([`${canonical}/callback`]);
    await browserUser().visit(preview.authorizationUrl(clientId));
    expect(application(clientId).callbacks).toEqual([`${canonical}/callback`]);
    await preview.tokens(clientId);
    const both = [`${canonical}/callback`, `${deployment}/callback`];
    expect(application(clientId).callbacks).toEqual(both);
    await preview.tokens(clientId);
    await oauthClient(canonical).tokens(clientId);
    expect(application(clientId).callbacks).toEqual(both);
  });
});

describe('the prune job', () => {
  const gone = 'https://mcp-old-preview-acme.vercel.app/callback';
  const prune = async (query = '') =>
    getJson(`${canonical}/api/cron/prune-clients${query}`, {
      authorization: `Bearer ${stack().env.CRON_SECRET}`,
    });

  it('removes the callbacks of origins that are no longer configured, and nothing else', async () => {
    const client = oauthClient(deployment);
    const clientId = await client.register({ client_name: 'Long-standing' });
    await client.tokens(clientId);
    const mine = [`${canonical}/callback`, `${deployment}/callback`];
    application(clientId).callbacks = [...mine, gone];
    const foreign = stack()
      .tenant.applications()
      .find(({ client_metadata }) => !client_metadata?.made_by);
    if (foreign) foreign.callbacks = [gone];

    const expected = { application: clientId, callbacks: [gone] };
    expect(await prune('?dry_run=1')).toMatchObject({ dry_run: true, callbacks_removed: [expected] });
    expect(application(clientId).callbacks).toContain(gone);

    expect(await prune()).toMatchObject({ dry_run: false, removed: [], callbacks_removed: [expected] });
    expect(application(clientId).callbacks).toEqual(mine);
    expect(foreign?.callbacks).toEqual([gone]);
    expect((await prune()).callbacks_removed).toEqual([]);
    await client.tokens(clientId);
  });
});

describe('an unknown host', () => {
  it('gets what the canonical one gets, and never hears its own name', async () => {
    for (const path of [
      '/.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource/mcp',
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
    ])
      expect(await getJson(unknown + path)).toEqual(await getJson(canonical + path));
    const { status, headers } = await post(unknown);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe((await post(canonical)).headers.get('www-authenticate'));
  });

  it('is given neither a callback nor an issuer', async () => {
    const client = oauthClient(unknown);
    const clientId = await client.register({ client_name: 'Lost' });
    expect(application(clientId).callbacks).toEqual([`${canonical}/callback`]);
    const refused = await signIn(client.authorizationUrl(clientId));
    expect(Object.fromEntries(refused.searchParams)).toMatchObject({
      error: 'invalid_target',
      iss: canonical,
    });
  });
});

describe('a header that claims another host', () => {
  const edge = () => fetchFrom(stack().serverUrl, [...origins, unknown].map(hostOf));
  afterEach(() => {
    vi.stubGlobal('fetch', edge());
  });

  it.each<Record<string, string>>([
    { 'x-forwarded-host': 'evil.example' },
    { 'x-forwarded-host': hostOf(branch) },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'x-forwarded-port': '8080' },
    { forwarded: 'host=evil.example;proto=http' },
    { 'x-original-host': 'evil.example', 'x-host': 'evil.example' },
  ])('%j changes nothing, from the metadata to the tokens', async (claim) => {
    const path = '/.well-known/oauth-authorization-server';
    const metadata = await getJson(canonical + path);
    const client = oauthClient(canonical);
    const clientId = await client.register({ client_name: 'Claimed' });

    const unclaimed = edge();
    vi.stubGlobal('fetch', (input: URL | string, init: RequestInit = {}) => {
      const headers = { ...Object.fromEntries(new Headers(init.headers)), ...claim };
      return unclaimed(input, { ...init, headers });
    });
    expect(await getJson(canonical + path)).toEqual(metadata);
    expect((await post(canonical)).headers.get('www-authenticate')).toContain(`as_uri="${canonical}"`);
    expect(await client.register({ client_name: 'Claimed' })).toBe(clientId);
    const callback = await signIn(client.authorizationUrl(clientId));
    expect(callback.searchParams.get('iss')).toBe(canonical);
    expect(application(clientId).callbacks).toEqual([`${canonical}/callback`]);
  });
});

const ours: [spelling: string, resource: string][] = [
  ['the MCP endpoint', `${canonical}/mcp`],
  ['with a slash', `${canonical}/mcp/`],
  ['the origin', canonical],
  ['the origin with a slash', `${canonical}/`],
  ['in capitals', 'HTTPS://MCP.EXAMPLE.COM/mcp'],
  ['with the default port', `${canonical}:443/mcp`],
  ['of another origin of ours', `${branch}/mcp`],
  ['of an extra origin', further],
];

const foreign: [spelling: string, resource: string][] = [
  ['another server', 'https://mcp.example.org/mcp'],
  ['a host that ends like ours', 'https://evil-mcp.example.com/mcp'],
  ['a host that begins like ours', 'https://mcp.example.com.evil.example/mcp'],
  ['ours as a user name', 'https://mcp.example.com@evil.example/mcp'],
  ['a user name before ours', 'https://someone@mcp.example.com/mcp'],
  ['another port', `${canonical}:8443/mcp`],
  ['plain http', 'http://mcp.example.com/mcp'],
  ['another path', `${canonical}/other`],
  ['a path that begins like ours', `${canonical}/mcp2`],
  ['ours in other case', `${canonical}/MCP`],
  ['a fragment', `${canonical}/mcp#x`],
  ['a query', `${canonical}/mcp?x=1`],
  ['a deployment that is not configured', `${unknown}/mcp`],
  ['no URL', 'mcp.example.com/mcp'],
];

describe('resource', () => {
  let client: ReturnType<typeof oauthClient>;
  let clientId: string;
  let tokens: Tokens;
  beforeAll(async () => {
    client = oauthClient(canonical);
    clientId = await client.register({ client_name: 'Speller' });
    tokens = await client.tokens(clientId);
  });

  it.each(ours)('%s is accepted: %s', async (_, resource) => {
    const page = await browserUser().visit(client.authorizationUrl(clientId, { resource }));
    expect(page.status).toBe(200);
    const refreshed = await client.refresh(clientId, tokens.refresh_token, { resource });
    expect(refreshed.status).toBe(200);
  });

  it.each(foreign)('%s is an invalid_target at both endpoints: %s', async (_, resource) => {
    const answer = await browserUser().visit(client.authorizationUrl(clientId, { resource }));
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    const link = returnLink(await answer.text());
    expect(Object.fromEntries(link?.searchParams ?? [])).toMatchObject({
      error: 'invalid_target',
      iss: canonical,
    });
    const refused = await client.refresh(clientId, tokens.refresh_token, { resource });
    expect([refused.status, (await refused.json()).error]).toEqual([400, 'invalid_target']);
  });

  it('refused at the token endpoint leaves the code good', async () => {
    const code = await client.code(clientId);
    const refused = await client.exchange(clientId, code, { resource: 'https://other.example/mcp' });
    expect([refused.status, (await refused.json()).error]).toEqual([400, 'invalid_target']);
    expect((await client.exchange(clientId, code, { resource: `${canonical}/mcp` })).status).toBe(200);
  });
});
