import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../../dev/stack.ts';
import { myAccountAudience, myAccountScopes } from '../../../lib/auth0/my-account-access.ts';
import { locationOf } from '../../attacks/steps.ts';
import { browserUser, readForm } from '../../support/browser-user.ts';
import { manageTenant } from '../../support/manage-tenant.ts';
import { type Answer, postForm, tokens, verifier } from './fixture.ts';

const redirectUri = 'http://localhost:1/callback';
const apiClient = {
  client_id: 'LocalCustomApiClient000000000000',
  client_secret: 'local-api-client-secret-that-protects-nothing',
};
const demo = { username: 'demo@example.com', password: 'demo' };
const other = { username: 'other@example.com', password: 'other' };

let stack: Stack;
let clientId: string;
let manage: Awaited<ReturnType<typeof manageTenant>>;
let connectionId: string;
beforeAll(async () => {
  stack = await startStack({ port: 0, accounts: true });
  manage = await manageTenant(stack);
  const { client_id } = await manage('POST', 'clients', {
    name: 'Accounts',
    app_type: 'spa',
    oidc_conformant: true,
    token_endpoint_auth_method: 'none',
    callbacks: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
  });
  clientId = client_id;
  await manage('POST', 'client-grants', {
    client_id: clientId,
    audience: audience(),
    scope: myAccountScopes,
    subject_type: 'user',
  });
  for (const name of ['Username-Password-Authentication', 'google-oauth2']) {
    const [connection] = await manage('GET', `connections?name=${name}`);
    connectionId = connection.id;
    await manage('PATCH', `connections/${connectionId}/clients`, [{ client_id: clientId, status: true }]);
  }
});
afterAll(() => stack.close());
beforeEach(() => {
  (stack.tenant.connectedAccounts() as unknown[]).length = 0;
});

const audience = () => myAccountAudience({ tenant: stack.tenant.origin });

/** A user's token for the My Account API. */
async function accountToken(user = demo, scope = myAccountScopes.join(' ')): Promise<string> {
  const body = await tokens(
    stack.tenant,
    clientId,
    { audience: audience(), scope, redirect_uri: redirectUri },
    user,
  );
  return String(body.access_token);
}

/** A user's token for the server's API. */
async function subjectToken(user = demo): Promise<string> {
  const body = await tokens(stack.tenant, clientId, { audience: stack.serverUrl, scope: 'mcp:read' }, user);
  return String(body.access_token);
}

async function me(bearer: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${stack.tenant.origin}/me/v1/connected-accounts${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
}

const challenge = createHash('sha256').update(verifier).digest('base64url');
const request = {
  connection: 'google-oauth2',
  redirect_uri: redirectUri,
  state: 'state',
  scopes: ['openid', 'profile', 'calendar'],
  code_challenge: challenge,
  code_challenge_method: 'S256',
};

/** From `connect` to the redirect back to the application. */
async function throughProvider(bearer: string, browser = browserUser()) {
  const { body } = await me(bearer, 'POST', '/connect', request);
  const { ticket } = body.connect_params as { ticket: string };
  const opened = await browser.visit(`${body.connect_uri}?ticket=${ticket}`);
  const page = await browser.visit(locationOf(opened));
  const form = readForm(await page.text());
  if (!form) throw new Error('no form at the provider');
  const decided = await browser.submit(locationOf(opened), form, ['decision', 'allow']);
  const back = await browser.visit(locationOf(decided));
  return {
    authSession: String(body.auth_session),
    ticket,
    callback: locationOf(decided),
    back: new URL(locationOf(back)),
  };
}

const completion = ({ authSession, back }: Awaited<ReturnType<typeof throughProvider>>) => ({
  auth_session: authSession,
  connect_code: back.searchParams.get('connect_code') ?? '',
  redirect_uri: redirectUri,
  code_verifier: verifier,
});

async function connect(user = demo): Promise<Answer> {
  const bearer = await accountToken(user);
  return me(bearer, 'POST', '/complete', completion(await throughProvider(bearer)));
}

const vault = async (params: Record<string, string> = {}) =>
  postForm(stack.tenant, '/oauth/token', {
    grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    ...apiClient,
    subject_token: params.subject_token ?? (await subjectToken()),
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    connection: 'google-oauth2',
    ...params,
  });

describe('the My Account API', () => {
  it('connects an account, lists it and disconnects it, in the shapes of its OpenAPI document', async () => {
    const bearer = await accountToken();
    const started = await me(bearer, 'POST', '/connect', request);
    expect([started.status, started.body]).toEqual([
      201,
      {
        auth_session: expect.stringMatching(/^[\w-]{64}$/),
        connect_uri: expect.stringMatching(/^http:/),
        connect_params: { ticket: expect.any(String) },
        expires_in: 300,
      },
    ]);
    const { status, body } = await connect();
    expect([status, body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^cac_[A-Za-z0-9]+$/),
        connection: 'google-oauth2',
        access_type: 'offline',
        scopes: request.scopes,
        created_at: expect.stringMatching(/^\d{4}-/),
      },
    ]);
    expect((await me(bearer, 'GET', '/accounts')).body).toEqual({ accounts: [body] });
    expect((await me(bearer, 'DELETE', `/accounts/${body.id}`)).status).toBe(204);
    expect((await me(bearer, 'GET', '/accounts')).body).toEqual({ accounts: [] });
  });

  it.each<[string, object, string]>([
    ['another property', { nonce: 'x' }, ''],
    ['an unknown connection', { connection: 'github' }, 'does not exist'],
    [
      'a connection that is for signing in alone',
      { connection: 'Username-Password-Authentication' },
      'not enabled',
    ],
    [
      'a redirect_uri that the application does not have',
      { redirect_uri: 'https://evil.example/cb' },
      'redirect_uri',
    ],
    ['no scopes in a list of them', { scopes: [] }, ''],
    ['a challenge without its method', { code_challenge_method: undefined }, 'code_challenge_method'],
  ])('refuses %s', async (_, change, words) => {
    const { status, body } = await me(await accountToken(), 'POST', '/connect', { ...request, ...change });
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({ detail: expect.stringContaining(words) }),
    ]);
  });

  it('refuses a connection that is not enabled for the application', async () => {
    const bearer = await accountToken();
    await manage('PATCH', `connections/${connectionId}/clients`, [{ client_id: clientId, status: false }]);
    const { status } = await me(bearer, 'POST', '/connect', request);
    await manage('PATCH', `connections/${connectionId}/clients`, [{ client_id: clientId, status: true }]);
    expect(status).toBe(400);
  });

  it.each<[string, () => Promise<string>, number]>([
    ['no token', async () => 'x', 401],
    ['a token for the server’s API', () => subjectToken(), 401],
    ['a token without the scope', () => accountToken(demo, 'read:me:connected_accounts'), 403],
  ])('refuses %s', async (_, bearer, status) => {
    expect((await me(await bearer(), 'POST', '/connect', request)).status).toBe(status);
  });

  it('issues tokens to applications with a client grant alone', async () => {
    const granted = await manage(
      'GET',
      `client-grants?client_id=${clientId}&audience=${encodeURIComponent(audience())}`,
    );
    await manage('DELETE', `client-grants/${granted[0].id}`);
    await expect(accountToken()).resolves.toBe('undefined');
    await manage('POST', 'client-grants', {
      client_id: clientId,
      audience: audience(),
      scope: myAccountScopes,
      subject_type: 'user',
    });
  });

  it.each<[string, object]>([
    ['another code', { connect_code: 'x' }],
    ['another redirect_uri', { redirect_uri: 'http://localhost:2/callback' }],
    ['another verifier', { code_verifier: 'v'.repeat(43) }],
    ['no verifier', { code_verifier: undefined }],
    ['another session', { auth_session: 's'.repeat(64) }],
  ])('does not complete with %s', async (_, change) => {
    const bearer = await accountToken();
    const back = await throughProvider(bearer);
    expect((await me(bearer, 'POST', '/complete', { ...completion(back), ...change })).status).toBe(400);
    expect(stack.tenant.connectedAccounts()).toEqual([]);
    expect((await me(bearer, 'POST', '/complete', completion(back))).status).toBe(201);
  });

  it('does not complete for another user, twice, or after five minutes', async () => {
    const bearer = await accountToken();
    const back = completion(await throughProvider(bearer));
    expect((await me(await accountToken(other), 'POST', '/complete', back)).status).toBe(403);
    expect((await me(bearer, 'POST', '/complete', back)).status).toBe(201);
    expect((await me(bearer, 'POST', '/complete', back)).status).toBe(400);
    const late = completion(await throughProvider(bearer));
    stack.tenant.advance(301);
    expect((await me(bearer, 'POST', '/complete', late)).status).toBe(400);
    stack.tenant.advance(-301);
  });

  it('opens a ticket once, and lets only that browser come back', async () => {
    const bearer = await accountToken();
    const { ticket, callback } = await throughProvider(bearer);
    const again = await fetch(`${stack.tenant.origin}/connected-accounts/connect?ticket=${ticket}`);
    expect(again.status).toBe(400);
    expect((await fetch(callback, { redirect: 'manual' })).status).toBe(400);
  });

  it('neither lists nor deletes another user’s account', async () => {
    const { body } = await connect(other);
    const bearer = await accountToken();
    expect((await me(bearer, 'GET', '/accounts')).body).toEqual({ accounts: [] });
    expect((await me(bearer, 'DELETE', `/accounts/${body.id}`)).status).toBe(204);
    expect(stack.tenant.connectedAccounts()).toHaveLength(1);
  });
});

describe('Token Vault', () => {
  it('gives the provider’s token with its scopes, and a new one when that has ended', async () => {
    await connect();
    const first = await vault();
    expect([first.status, first.body]).toEqual([
      200,
      {
        access_token: expect.stringMatching(/^ya29\./),
        scope: request.scopes.join(' '),
        expires_in: expect.any(Number),
        issued_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
        token_type: 'Bearer',
      },
    ]);
    expect((await vault()).body.access_token).toBe(first.body.access_token);
    stack.tenant.advance(3600);
    expect((await vault()).body.access_token).not.toBe(first.body.access_token);
    stack.tenant.advance(-3600);
  });

  it('says that no account is connected, or that the provider no longer accepts it', async () => {
    const none = await vault();
    expect([none.status, none.body.error]).toEqual([401, 'federated_connection_refresh_token_not_found']);
    await connect();
    const theirs = await vault({ subject_token: await subjectToken(other) });
    expect([theirs.status, theirs.body.error]).toEqual([401, 'federated_connection_refresh_token_not_found']);
    stack.provider?.withdraw('demo@gmail.example');
    stack.tenant.advance(3600);
    const refused = await vault();
    stack.tenant.advance(-3600);
    expect([refused.status, refused.body.error]).toEqual([
      401,
      'federated_connection_refresh_token_flow_failed',
    ]);
  });

  it.each<[string, () => Promise<Record<string, string>>, number, string]>([
    ['a wrong secret', async () => ({ client_secret: 'x' }), 401, 'access_denied'],
    ['a public client', async () => ({ client_id: clientId, client_secret: '' }), 401, 'access_denied'],
    [
      'a subject token for the My Account API',
      async () => ({ subject_token: await accountToken() }),
      400,
      'invalid_request',
    ],
    [
      'a refresh token as subject',
      async () => ({ subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }),
      400,
      'invalid_request',
    ],
    ['another requested type', async () => ({ requested_token_type: 'x' }), 400, 'invalid_request'],
    ['no connection', async () => ({ connection: '' }), 400, 'invalid_request'],
    ['an application of another kind', machine, 403, 'unauthorized_client'],
    ['an application that is not OIDC conformant', nonconformant, 403, 'unauthorized_client'],
  ])('refuses %s', async (_, change, status, error) => {
    await connect();
    const answer = await vault(await change());
    expect([answer.status, answer.body.error]).toEqual([status, error]);
  });

  it('refuses an application without the grant type, and a blocked user', async () => {
    await connect();
    await manage('PATCH', `clients/${apiClient.client_id}`, { grant_types: [] });
    const answer = await vault();
    await manage('PATCH', `clients/${apiClient.client_id}`, { grant_types: [vaultGrant] });
    expect([answer.status, answer.body.error]).toEqual([403, 'unauthorized_client']);
    const token = await subjectToken();
    const [user] = stack.tenant.users;
    if (user) user.blocked = true;
    const blocked = await vault({ subject_token: token });
    if (user) user.blocked = false;
    expect([blocked.status, blocked.body.error]).toEqual([403, 'access_denied']);
  });

  const vaultGrant = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';

  async function machine() {
    const { client_id, client_secret } = await manage('POST', 'clients', {
      name: 'Machine',
      app_type: 'non_interactive',
      oidc_conformant: true,
      grant_types: [vaultGrant],
    });
    return { client_id, client_secret };
  }

  async function nonconformant() {
    const { client_id, client_secret } = await manage('POST', 'clients', {
      name: 'API client',
      app_type: 'resource_server',
      resource_server_identifier: stack.serverUrl,
      grant_types: [vaultGrant],
    });
    return { client_id, client_secret };
  }
});
