import { beforeAll, describe, expect, it } from 'vitest';
import { selfContainedId, shortIdOf } from '../../../lib/oauth/client/self-contained-id.ts';
import { signIn } from '../../support/browser-user.ts';
import { useClock } from '../../support/clock.ts';
import { oauthClient, redirectUri } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';
import { adminJson, type ConnectedClient, callWith, configOf, connect, tenantToken } from './fixture.ts';

const clock = useClock();
const stack = useStack({ instances: 2, env: clock.env });
const admin = (...args: string[]) => adminJson(stack(), args);
const other = { email: 'other@example.com', password: 'other' };
/** Known to the server without fetching it. */
const document = 'https://chatgpt.com/oauth/client.json';
const documentRedirectUri = 'https://chatgpt.com/connector_platform_oauth_redirect';

let first: ConnectedClient;
let second: ConnectedClient;
beforeAll(async () => {
  first = await connect(stack(), { client_name: 'First' });
  second = await connect(stack(), {
    client_name: 'Second',
    redirect_uris: ['https://second.example.com/callback', 'https://client.example.com/callback'],
  });
});

type Listed = { client: string; name: string; hosts: string[]; kind: string; users: number };
const list = async () => (await admin('clients')).json.clients as Listed[];
const listed = async (client: string) => (await list()).find((each) => each.client === client);

describe('npm run admin -- clients', () => {
  it('lists name, hosts, kind, users and last use', async () => {
    await oauthClient(stack().serverUrl).tokens(first.clientId, { user: other });
    expect(await listed(first.clientId)).toEqual({
      client: first.clientId,
      name: 'First',
      hosts: ['client.example.com'],
      kind: 'registered',
      application: first.clientId,
      users: 2,
      lastUsed: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(await listed(second.clientId)).toMatchObject({
      hosts: ['second.example.com', 'client.example.com'],
      users: 1,
    });
  });

  it('tells clients apart that go by a document, carry themselves in their id, or share an application', async () => {
    const client = oauthClient(stack().serverUrl);
    await client.exchange(document, await client.code(document, {}, { redirect_uri: documentRedirectUri }), {
      redirect_uri: documentRedirectUri,
    });
    expect(await listed(document)).toMatchObject({
      name: 'ChatGPT',
      hosts: ['chatgpt.com'],
      kind: 'document',
      users: 1,
    });

    // The tenant has no room: the client carries itself, and the shared application takes the place of an unused one.
    await oauthClient(stack().serverUrl).register({ client_name: 'Unused' });
    stack().tenant.switches.applicationQuota = stack().tenant.applications().length;
    const registration = { authMethod: 'none', usesRefreshToken: true } as const;
    const id = selfContainedId(configOf(stack()), {
      ...registration,
      name: 'Carries itself',
      redirectUris: [redirectUri],
    });
    await oauthClient(stack().serverUrl).tokens(id);
    expect(await listed(shortIdOf(id))).toMatchObject({
      name: 'Carries itself',
      kind: 'self-contained',
      users: 1,
    });
    expect((await list()).find(({ kind }) => kind === 'shared')).toMatchObject({ users: 1 });
  });

  it('still lists who has signed in while the tenant does not answer, and says so', async () => {
    stack().tenant.switches.faults = { 'GET /api/v2/clients': { status: 500 } };
    const { code, json } = await admin('clients');
    stack().tenant.switches.faults = {};
    expect(code).toBe(1);
    expect(json).toMatchObject({
      state: 'incomplete',
      incomplete: [expect.stringContaining('does not answer')],
    });
    expect(json.clients).toContainEqual(expect.objectContaining({ client: first.clientId, users: 2 }));
  });
});

describe('npm run admin -- block', () => {
  it('has a client’s tokens refused on every instance within a minute, and no others', async () => {
    expect([await first.call(0), await first.call(1)]).toEqual([200, 200]);
    const { code, json } = await admin('block', first.clientId, '--yes');
    expect({ code, json }).toEqual({
      code: 0,
      json: { state: 'done', client: first.clientId, users: 2, changed: true },
    });
    // Instances that asked the store less than a minute ago still answer.
    clock.advance('61 s');
    expect([await first.call(0), await first.call(1)]).toEqual([401, 401]);
    expect((await first.refresh()).status).toBe(400);
    expect(await second.call(1)).toBe(200);
    expect(await listed(first.clientId)).toMatchObject({ blockedSince: expect.any(String) });
  });

  it('lets a blocked client begin no sign-in', async () => {
    const client = oauthClient(stack().serverUrl);
    await expect(signIn(client.authorizationUrl(first.clientId))).rejects.toThrow(
      'The operator of this server has blocked the app.',
    );
  });

  it('says that a client is blocked already', async () => {
    const { code, json } = await admin('block', first.clientId, '--yes');
    expect({ code, json }).toMatchObject({ code: 0, json: { state: 'done', changed: false } });
  });

  it('can be lifted, and the tokens work again', async () => {
    expect((await admin('unblock', first.clientId, '--yes')).json).toMatchObject({ changed: true });
    clock.advance('61 s');
    expect([await first.call(0), await first.call(1)]).toEqual([200, 200]);
    expect((await first.refresh()).status).toBe(200);
  });

  it('changes nothing on a dry run, and nothing without a confirmation', async () => {
    const planned = await admin('block', first.clientId, '--dry-run');
    expect(planned).toMatchObject({ code: 0, json: { state: 'planned', client: first.clientId } });
    const unconfirmed = await admin('block', first.clientId);
    expect(unconfirmed).toMatchObject({
      code: 1,
      json: { state: 'failed', fix: expect.stringContaining('--yes') },
    });
    expect(await listed(first.clientId)).not.toHaveProperty('blockedSince');
  });

  it('lists a blocked client that nobody has used', async () => {
    await admin('block', 'https://hostile.example/client.json', '--yes');
    expect(await listed('https://hostile.example/client.json')).toMatchObject({ kind: 'document', users: 0 });
  });

  it('reaches the tenant’s own tokens too', async () => {
    const token = await tenantToken(stack(), second.clientId);
    expect(await callWith(stack(), token)).toBe(200);
    await admin('block', second.clientId, '--yes');
    clock.advance('61 s');
    expect(await callWith(stack(), token)).toBe(401);
  });
});
