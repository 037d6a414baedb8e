import { describe, expect, it } from 'vitest';
import { openAccessToken } from '../../../lib/access-token/grant.ts';
import { userHash } from '../../../lib/access-token/principal.ts';
import { seal } from '../../../lib/sealing.ts';
import { tenantTokens } from '../../support/access-token.ts';
import { useClock } from '../../support/clock.ts';
import { oauthClient } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';
import { storeCommand } from '../../support/store-command.ts';
import {
  adminJson,
  type ConnectedClient,
  callWith,
  configOf,
  connect,
  keysIn,
  leaveTraces,
  tenantToken,
} from './fixture.ts';

const clock = useClock();
const stack = useStack({ instances: 2, env: { ...clock.env, MCP_STANDING_STREAM: 'on' } });
const admin = (...args: string[]) => adminJson(stack(), args);
const other = { email: 'other@example.com', password: 'other' };

const grantIn = ({ tokens }: ConnectedClient) => {
  const opened = openAccessToken(configOf(stack()), tokens.access_token);
  if ('failure' in opened) throw new Error(opened.failure);
  return opened.value.grant;
};
const hashOf = (subject: string) => userHash({ issuer: stack().tenant.issuer, subject });
/** Whether Auth0 still takes a refresh token of its own. */
const isAlive = async (application: string, refreshToken = ''): Promise<boolean> => {
  const form = { grant_type: 'refresh_token', client_id: application, refresh_token: refreshToken };
  const url = `${stack().tenant.origin}/oauth/token`;
  return (await fetch(url, { method: 'POST', body: new URLSearchParams(form) })).ok;
};
const upstreamIsAlive = (client: ConnectedClient) => {
  const { application, upstream } = grantIn(client);
  return isAlive(application, upstream);
};

describe('npm run admin -- connections', () => {
  it('lists what a user has let in, by user id, e-mail address or hash', async () => {
    const client = await connect(stack(), { client_name: 'Notebook app' });
    const { id, subject } = grantIn(client);
    for (const user of [subject, 'Demo@example.com', hashOf(subject)]) {
      const { code, json } = await admin('connections', user);
      expect(code).toBe(0);
      expect(json.user).toBe(hashOf(subject));
      expect(json.connections).toContainEqual({
        ...{ id, client: client.clientId, name: 'Notebook app', host: 'client.example.com' },
        ...{ scopes: ['mcp:read', 'mcp:write', 'offline_access'], origin: stack().serverUrl },
        ...{ since: expect.any(String), lastUsed: expect.any(String) },
      });
    }
  });

  it('ends one of them, here and at Auth0', async () => {
    const [ended, kept] = [await connect(stack(), { client_name: 'Ended' }), await connect(stack())];
    const { id, subject } = grantIn(ended);
    expect(await admin('connections', subject, '--end', id, '--yes')).toMatchObject({
      code: 0,
      json: { state: 'done', id },
    });
    clock.advance('61 s');
    expect([await ended.call(1), await kept.call(1)]).toEqual([401, 200]);
    expect([await upstreamIsAlive(ended), await upstreamIsAlive(kept)]).toEqual([false, true]);
    const again = await admin('connections', subject, '--end', id, '--yes');
    expect(again).toMatchObject({ code: 1, json: { state: 'failed' } });
  });

  it.each([
    ['nobody@example.com', 'No user has the e-mail address nobody@example.com.'],
    ['nonsense', 'nonsense is no user id, e-mail address or hash.'],
  ])('knows no user %s', async (user, message) => {
    expect(await admin('connections', user)).toMatchObject({ code: 1, json: { state: 'failed', message } });
  });

  it('takes a hash that begins with a dash', async () => {
    const user = `-${'z'.repeat(21)}`;
    expect(await admin('connections', user)).toMatchObject({ code: 0, json: { user, connections: [] } });
  });
});

describe('npm run admin -- sign-out', () => {
  it('ends every token of the user on every instance, and no other user’s', async () => {
    const mine = [
      await connect(stack(), { client_name: 'One' }),
      await connect(stack(), { client_name: 'Two' }),
    ];
    const theirs = await connect(stack(), {}, { user: other });
    const { subject, ...grant } = grantIn(mine[0] as ConnectedClient);
    const upstreams = mine.map(grantIn);
    // Tokens of other kinds: the tenant's own, and the refresh token of an earlier version, which no connection names.
    const direct = await tenantToken(stack(), grant.application);
    const { clientId, application, upstream = '' } = upstreams[1] ?? grant;
    const earlier = seal(
      configOf(stack()),
      'refresh-token',
      { upstream, signIn: 'earlier', clientId, application, scopes: ['mcp:read', 'offline_access'] },
      3600,
    );
    expect(await callWith(stack(), direct)).toBe(200);

    clock.advance('2 s');
    const { code, json } = await admin('sign-out', 'demo@example.com', '--yes');
    expect({ code, json }).toMatchObject({ code: 0, json: { state: 'done', user: hashOf(subject) } });
    clock.advance('61 s');
    for (const client of mine) {
      expect([await client.call(0), await client.call(1)]).toEqual([401, 401]);
      expect((await client.refresh()).status).toBe(400);
      expect(await upstreamIsAlive(client)).toBe(false);
    }
    expect(await callWith(stack(), direct)).toBe(401);
    const refresh = await oauthClient(stack().serverUrl).refresh(clientId, earlier);
    expect(refresh.status).toBe(400);
    expect((await admin('connections', subject)).json.connections).toEqual([]);

    expect([await theirs.call(0), await upstreamIsAlive(theirs)]).toEqual([200, true]);
    // Signing in again works at once.
    expect(await (await connect(stack())).call()).toBe(200);
  });

  it('ends refresh tokens that only Auth0 still knows, but none of the tenant’s other applications', async () => {
    const client = await connect(stack());
    const { id, subject } = grantIn(client);
    await storeCommand(stack(), ['HDEL', `grants:${hashOf(subject)}`, id]);
    expect(await upstreamIsAlive(client)).toBe(true);
    const foreign = await tenantTokens(stack(), { scope: 'mcp:read offline_access' });
    const { json } = await admin('sign-out', subject, '--yes');
    expect(json).toMatchObject({ state: 'done', refreshTokensAtTenant: expect.any(Number) });
    expect(json.refreshTokensAtTenant).toBeGreaterThan(0);
    expect(await upstreamIsAlive(client)).toBe(false);
    expect(await isAlive(foreign.clientId, foreign.tokens.refresh_token)).toBe(true);
  });

  it('refuses a refresh token of an earlier version although Auth0 would still take its own', async () => {
    const client = await connect(stack());
    const { clientId, application, subject } = grantIn(client);
    await admin('sign-out', subject, '--yes');
    clock.advance('61 s');
    const later = grantIn(await connect(stack()));
    const earlier = seal(
      configOf(stack()),
      'refresh-token',
      {
        upstream: later.upstream,
        signIn: 'earlier',
        clientId,
        application,
        scopes: ['mcp:read', 'offline_access'],
      },
      3600,
    );
    const refresh = await oauthClient(stack().serverUrl).refresh(clientId, earlier);
    expect([refresh.status, await refresh.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  it('works without the tenant, and says what is left to do', async () => {
    const client = await connect(stack());
    const { subject } = grantIn(client);
    stack().tenant.switches.faults = {
      'POST /oauth/token': { status: 503 },
      'POST /oauth/revoke': { status: 503 },
      'GET /api/v2/clients': { status: 503 },
    };
    const { code, json } = await admin('sign-out', subject, '--yes');
    stack().tenant.switches.faults = {};
    expect({ code, json }).toMatchObject({ code: 1, json: { state: 'incomplete', connections: 0 } });
    expect(json.incomplete).toContainEqual(expect.stringMatching(/was not revoked at Auth0/));
    clock.advance('61 s');
    expect(await client.call(1)).toBe(401);
  });

  it('names the scopes that the credentials lack', async () => {
    const { subject } = grantIn(await connect(stack()));
    const token = await fetch(`${stack().tenant.origin}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{
          grant_type: 'client_credentials',
          audience: `${stack().tenant.issuer}api/v2/`,
          scope: 'read:clients',
        },
        client_id: stack().env.AUTH0_CLIENT_ID ?? '',
        client_secret: stack().env.AUTH0_CLIENT_SECRET ?? '',
      }),
    }).then((response) => response.json() as Promise<{ access_token: string }>);
    const { code, json } = await admin('sign-out', subject, '--yes', '--token', token.access_token);
    expect(code).toBe(1);
    expect(json.incomplete).toEqual([
      'Refresh tokens that only Auth0 knows: The Management API credentials lack read:device_credentials, delete:device_credentials.',
      'Grants at Auth0: The Management API credentials lack read:grants, delete:grants.',
    ]);
  });
});

describe('npm run admin -- forget', () => {
  it('leaves no key of the user but the marks that refuse the user’s tokens', async () => {
    const theirs = await connect(stack(), {}, { user: other });
    await leaveTraces(stack(), theirs);
    // Out of the cache, so that the tenant is asked again and its word is kept.
    clock.advance('70 min');
    expect(await theirs.call()).toBe(200);
    await admin('sign-out', 'demo@example.com', '--yes');
    clock.advance('66 s');
    await admin('forget', 'demo@example.com', '--yes');
    const before = new Set(await keysIn(stack()));
    const theirConnections = (await admin('connections', 'other@example.com')).json.connections;

    const mine = await connect(stack(), { client_name: 'Leaves traces' });
    clock.advance('70 min');
    expect(await mine.call()).toBe(200);
    expect((await mine.refresh()).status).toBe(200);
    await leaveTraces(stack(), mine);
    await stack().functions.idle();
    const kind = (key: string) => key.split(':')[0];
    const added = (await keysIn(stack())).filter((key) => !before.has(key));
    const kinds = [
      ...['chg', 'grant', 'grant-refresh', 'grants', 'p', 'profile', 's', 'sub'],
      ...['task', 'task-run', 'tasks', 'u'],
    ];
    expect([...new Set(added.map(kind))].filter((each) => kinds.includes(each ?? '')).sort()).toEqual(kinds);

    const planned = await admin('forget', 'demo@example.com', '--dry-run');
    expect(planned).toMatchObject({ code: 0, json: { state: 'planned', keys: { collections: 1 } } });
    expect(await mine.call()).toBe(200);

    await admin('sign-out', 'demo@example.com', '--yes');
    clock.advance('66 s');
    const { code, json, stderr } = await admin('forget', 'demo@example.com', '--yes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(json.deleted).toMatchObject({ collections: 1, sessions: 1, profile: 1, tasks: 1 });
    const left = (await keysIn(stack())).filter((key) => !before.has(key));
    const ofNobody = /^(?:rl|audit|mgmt|client|dcr|code|callback|lock):/;
    expect(
      left
        .filter((key) => !ofNobody.test(key))
        .map(kind)
        .sort(),
    ).toEqual(['grant-ended']);

    // Nothing of anybody else is gone.
    const keys = new Set(await keysIn(stack()));
    expect(
      [...before].filter(
        (key) => !keys.has(key) && !/^(?:rl|code|callback|lock|mgmt|s|p|sub|task|task-run|tasks):/.test(key),
      ),
    ).toEqual([]);
    expect((await admin('connections', 'other@example.com')).json.connections).toEqual(theirConnections);
  });

  it('waits until every instance knows of the sign-out', async () => {
    const { subject } = grantIn(await connect(stack()));
    await admin('sign-out', subject, '--yes');
    clock.advance('57 s');
    const started = performance.now();
    const { code, stderr } = await admin('forget', subject, '--yes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^Waiting \d s until every/) });
    expect(performance.now() - started).toBeGreaterThan(4_000);
  });

  it('finds a user who was deleted at Auth0 by the e-mail address that the store has', async () => {
    const { subject } = grantIn(await connect(stack(), {}, { user: other }));
    const { users } = stack().tenant;
    users.splice(
      users.findIndex(({ user_id }) => user_id === subject),
      1,
    );
    expect(await admin('forget', 'other@example.com', '--dry-run')).toMatchObject({
      code: 0,
      json: { state: 'planned', user: hashOf(subject) },
    });
  });
});
