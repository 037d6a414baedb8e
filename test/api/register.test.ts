import { describe, expect, it, onTestFinished } from 'vitest';
import { roomKey } from '../../lib/store/keys.ts';
import { browserUser } from '../support/browser-user.ts';
import { configOf } from '../support/config.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { storeCommand } from '../support/store-command.ts';

const stack = useStack({ instances: 2 });

const claude = {
  client_name: 'Claude',
  redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post',
  scope: 'mcp:read mcp:write',
  application_type: 'web',
};

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${stack().serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const applications = () =>
  stack()
    .tenant.applications()
    .filter(({ client_metadata }) => client_metadata?.made_by);

/** For ten minutes after it found no room, the server asks the tenant for none. */
async function forgetScarcity(): Promise<void> {
  await storeCommand(stack(), ['DEL', roomKey(configOf(stack().env))]);
}

type Managed = { client_id: string; registration_client_uri: string; registration_access_token: string };

/** RFC 7592 section 2.3. */
const remove = (client: Managed, token = client.registration_access_token) =>
  fetch(client.registration_client_uri, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });

describe('DELETE /register/{client_id}', () => {
  const remains = ({ client_id }: Managed) => applications().some((each) => each.client_id === client_id);
  const registered = async (client_name: string): Promise<Managed> =>
    (await post({ ...claude, client_name, token_endpoint_auth_method: 'none' })).json();

  it('takes a registration back, even after a sign-in, and a second time without complaint', async () => {
    const client = await registered('Tried out');
    const oauth = oauthClient(stack().serverUrl);
    const [redirect_uri] = claude.redirect_uris;
    const url = oauth.authorizationUrl(client.client_id, { redirect_uri });
    const code = (await browserUser().signIn(url)).searchParams.get('code') ?? '';
    expect((await oauth.exchange(client.client_id, code, { redirect_uri })).status).toBe(200);
    expect((await remove(client)).status).toBe(204);
    expect(remains(client)).toBe(false);
    expect((await remove(client)).status).toBe(204);
  });

  it('leaves a client that somebody else has registered as well', async () => {
    const client = await registered('Shared');
    await registered('Shared');
    const refused = await remove(client);
    expect([refused.status, (await refused.json()).error]).toEqual([403, 'access_denied']);
    expect(remains(client)).toBe(true);
  });

  it('leaves a client that is an hour old', async () => {
    const client = await registered('Old');
    const application = applications().find(({ client_id }) => client_id === client.client_id);
    const made = application?.client_metadata ?? {};
    const { created_at } = made;
    Object.assign(made, { created_at: String(Number(created_at) - 3700) });
    onTestFinished(() => void Object.assign(made, { created_at }));
    expect((await remove(client)).status).toBe(403);
    expect(remains(client)).toBe(true);
  });

  it('refuses another registration’s token', async () => {
    const [client, other] = [await registered('One'), await registered('Another')];
    const refused = await remove(client, other.registration_access_token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Bearer');
    expect(remains(client)).toBe(true);
  });
});

describe('POST /register', () => {
  it('answers Claude’s registration with all that RFC 7591 asks for', async () => {
    const response = await post(claude);
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const client = await response.json();
    expect(client).toEqual({
      client_id: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      client_id_issued_at: expect.any(Number),
      client_secret: expect.stringMatching(/^[\w-]{65}$/),
      client_secret_expires_at: 0,
      client_name: 'Claude',
      redirect_uris: claude.redirect_uris,
      grant_types: claude.grant_types,
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
      application_type: 'web',
      registration_client_uri: `${stack().serverUrl}/register/${client.client_id}`,
      registration_access_token: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(Math.abs(client.client_id_issued_at - Date.now() / 1000)).toBeLessThan(60);
  });

  it('answers the same registration with the same client, a secret of its own, and no right to delete it', async () => {
    const registration = { ...claude, client_name: 'Repeated' };
    const [first, again] = [await (await post(registration)).json(), await (await post(registration)).json()];
    expect(again.client_id).toBe(first.client_id);
    expect(again.client_secret).toMatch(/^[\w-]{65}$/);
    expect(again.client_secret).not.toBe(first.client_secret);
    expect(first).toHaveProperty('registration_access_token');
    expect(again).not.toHaveProperty('registration_access_token');
    expect(again).not.toHaveProperty('registration_client_uri');
  });

  it('gives a public client no secret, least of all the one that Auth0 makes', async () => {
    const client = await (await post({ ...claude, token_endpoint_auth_method: 'none' })).json();
    expect(client).not.toHaveProperty('client_secret');
    expect(client).not.toHaveProperty('client_secret_expires_at');
    expect(client.token_endpoint_auth_method).toBe('none');
  });

  it('makes one application of 200 identical registrations at once, at two instances', async () => {
    const before = applications().length;
    const registration = { ...claude, client_name: 'Flood', redirect_uris: ['http://localhost:1/callback'] };
    const responses = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        post({ ...registration, redirect_uris: [`http://localhost:${n + 1024}/callback`] }),
      ),
    );
    const clients = await Promise.all(responses.map((response) => response.json()));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(clients.map(({ client_id }) => client_id)).size).toBe(1);
    expect(new Set(clients.map(({ client_secret }) => client_secret)).size).toBe(200);
    expect(clients[7].redirect_uris).toEqual(['http://localhost:1031/callback']);
    expect(applications()).toHaveLength(before + 1);
  });

  it('can be read by scripts of any origin', async () => {
    const response = await post(claude, { origin: 'https://playground.example.com' });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await fetch(`${stack().serverUrl}/register`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  });

  it.each<[string, unknown, number, string]>([
    ['broken JSON', '{', 400, 'invalid_request'],
    ['a list', [], 400, 'invalid_request'],
    ['no redirect URIs', {}, 400, 'invalid_redirect_uri'],
    [
      'a redirect URI over plain http',
      { redirect_uris: ['http://evil.example/'] },
      400,
      'invalid_redirect_uri',
    ],
    [
      'an unknown auth method',
      { ...claude, token_endpoint_auth_method: 'tls' },
      400,
      'invalid_client_metadata',
    ],
    ['too much', { ...claude, padding: 'x'.repeat(70_000) }, 413, 'invalid_request'],
  ])('refuses %s', async (_, body, status, error) => {
    const before = applications().length;
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error, error_description: expect.any(String) });
    expect(applications()).toHaveLength(before);
  });

  it('refuses a form', async () => {
    const response = await post('client_name=x', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(response.status).toBe(415);
  });

  it.each<[string, object]>([
    [
      'holds no more applications',
      { status: 403, body: { errorCode: 'too_many_entities', message: 'tenant words' } },
    ],
    [
      'receives too many requests',
      { status: 429, headers: { 'retry-after': '30' }, body: { message: 'tenant words' } },
    ],
  ])('answers in full, with an id that carries the registration, when the tenant %s', async (why, fault) => {
    const { tenant } = stack();
    const before = applications().length;
    tenant.switches.faults = { 'POST /api/v2/clients': fault };
    const registration = { ...claude, client_name: `When it ${why}` };
    const response = await post(registration);
    tenant.switches.faults = {};
    expect(response.status).toBe(201);
    const client = await response.json();
    expect(client).toEqual({
      client_id: expect.stringMatching(/^self\.[\w-]+\.[\w-]{43}$/),
      client_id_issued_at: expect.any(Number),
      client_secret: expect.stringMatching(/^[\w-]{65}$/),
      client_secret_expires_at: 0,
      client_name: registration.client_name,
      redirect_uris: claude.redirect_uris,
      grant_types: claude.grant_types,
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
      application_type: 'web',
    });
    expect(JSON.stringify(client)).not.toContain('tenant words');
    expect(applications()).toHaveLength(before);
    await forgetScarcity();
  });

  it.each<[string, string, object, string]>([
    ['an outage', 'POST /api/v2/clients', { status: 503 }, 'temporarily_unavailable'],
    [
      'a missing scope',
      'POST /api/v2/clients',
      { status: 403, body: { errorCode: 'insufficient_scope', message: 'tenant words' } },
      'server_error',
    ],
    [
      'a connection that fails',
      'PATCH /api/v2/connections/*/clients',
      { status: 500 },
      'temporarily_unavailable',
    ],
  ])('tells %s apart, with 503 and nothing of the tenant’s words', async (name, endpoint, fault, error) => {
    const { tenant } = stack();
    const before = applications().length;
    tenant.switches.faults = { [endpoint]: fault };
    const response = await post({ ...claude, client_name: `Refused by ${name}` });
    tenant.switches.faults = {};
    expect(response.status).toBe(503);
    const body = await response.json();
    expect(body.error).toBe(error);
    expect(JSON.stringify(body)).not.toContain('tenant words');
    if (error === 'temporarily_unavailable')
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(applications()).toHaveLength(before);
  });

  it('writes no secret into the log', async () => {
    const { client_secret } = await (await post(claude)).json();
    const lines = JSON.stringify(stack().lines);
    expect(lines).not.toContain(client_secret);
    for (const { client_secret: theirs } of stack().tenant.applications())
      expect(lines).not.toContain(theirs);
  });
});
