import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAccessToken } from '../../../../lib/access-token/grant.ts';
import { readStanding } from '../../../../lib/access-token/standing.ts';
import { askTenantAbout } from '../../../../lib/access-token/vouch.ts';
import { OAuthError } from '../../../../lib/http/errors.ts';
import { ensureApplication } from '../../../../lib/oauth/client/application/create.ts';
import type { FoundClient } from '../../../../lib/oauth/client/application/record.ts';
import { findClient } from '../../../../lib/oauth/client/find-client.ts';
import { openRefreshToken } from '../../../../lib/oauth/token/refresh-token.ts';
import { readPresentedToken, refresh } from '../../../../lib/oauth/token/refresh-token-grant.ts';
import { seal } from '../../../../lib/sealing.ts';
import * as tenants from '../../../dev/auth0/fixture.ts';
import { tenantTokens } from '../../../support/access-token.ts';
import { grantAt } from '../../../support/grants.ts';
import { type InstanceContext, useInstances } from '../../../support/instances.ts';

const running = useInstances();

beforeEach(async () => {
  const { tenant, store, emptyStore, asked } = running();
  tenant.switches.faults = {};
  store.faults.outage = 'none';
  await emptyStore();
  asked();
});
afterEach(() => {
  vi.useRealTimers();
});

type Earlier = { upstream: string; signIn: string; clientId: string; application: string; scopes: string[] };

const scopes = ['mcp:read', 'mcp:write', 'offline_access'];
let names = 0;

const applicationAt = (id: string) =>
  running()
    .tenant.applications()
    .find(({ client_id }) => client_id === id);

/** A connection as an earlier version of this server made it: the Auth0 refresh token rotates at each use. */
async function earlierConnection(context: InstanceContext) {
  const { tenant, emptyStore } = running();
  const { config } = context;
  const registration = {
    name: `Client of before ${names++}`,
    redirectUris: ['https://app.example.com/cb'],
    authMethod: 'none' as const,
    usesRefreshToken: true,
  };
  const making = { claim: 'approved' as const, callbacks: [tenants.callback] };
  const { application } = await ensureApplication(config, registration, making);
  const stored = applicationAt(application);
  if (!stored) throw new Error('not made');
  stored.refresh_token = {
    ...stored.refresh_token,
    ...tenants.spa.refresh_token,
  } as typeof stored.refresh_token;
  await emptyStore();
  const env = {
    ...{ SERVER_URL: config.serverUrl, AUTH0_CLIENT_ID: config.oauth.clientId },
    AUTH0_CLIENT_SECRET: config.oauth.clientSecret,
  };
  const options = { clientId: application, scope: `openid ${scopes.join(' ')}` };
  const { tokens } = await tenantTokens({ tenant, env }, options);
  const earlier: Earlier = {
    upstream: tokens.refresh_token ?? '',
    signIn: randomUUID(),
    clientId: application,
    application,
    scopes,
  };
  running().asked();
  return { earlier, token: sealed(context, earlier), client: await found(context, application) };
}

const sealed = ({ config }: InstanceContext, earlier: Earlier) =>
  seal(config, 'refresh-token', earlier, 30 * 86_400);

async function found(context: InstanceContext, id: string): Promise<FoundClient> {
  const client = await findClient(context, id);
  if (!client) throw new Error('no such client');
  return client;
}

async function use(context: InstanceContext, client: FoundClient, token: string, scope?: string) {
  const sent = { grant_type: 'refresh_token', refresh_token: token, ...(scope && { scope }) };
  const parameters = new Map(Object.entries(sent));
  return refresh(context, client, parameters, await readPresentedToken(context, parameters));
}

async function refusal(work: Promise<unknown>): Promise<OAuthError> {
  const error = await work.then(
    (value) => value,
    (thrown) => thrown,
  );
  if (error instanceof OAuthError) return error;
  throw new Error(`not refused: ${JSON.stringify(error)}`);
}

describe('a refresh token of an earlier version', () => {
  it('becomes a pair of today: the user is who the tenant says, nothing has to be signed in again', async () => {
    const context = running().instance();
    const { earlier, token, client } = await earlierConnection(context);
    const pair = await use(context, client, token);
    expect(pair).toMatchObject({ scope: scopes.join(' '), expires_in: 30 * 86_400 });
    const opened = openAccessToken(context.config, pair.access_token);
    expect(opened).toMatchObject({
      value: {
        grant: {
          id: earlier.signIn,
          subject: expect.stringMatching(/^auth0\|/),
          clientId: client.id,
          origin: context.origin,
          scopes,
        },
      },
    });
    expect(openRefreshToken(context.config, pair.refresh_token ?? '')).toMatchObject({ generation: 0 });
  });

  it('leaves an application whose refresh tokens stay, and a connection that can be confirmed again and again', async () => {
    const { instance, emptyStore } = running();
    const context = instance();
    const { token, client } = await earlierConnection(context);
    expect(applicationAt(client.id)?.refresh_token?.rotation_type).toBe('rotating');
    const pair = await use(context, client, token);
    expect(applicationAt(client.id)?.refresh_token?.rotation_type).toBe('non-rotating');
    const opened = openRefreshToken(context.config, pair.refresh_token ?? '');
    if (!opened || !('grant' in opened)) throw new Error('not one of today’s');
    for (const hours of [2, 4]) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3600_000 });
      await emptyStore();
      expect(await askTenantAbout(instance().config, opened.grant)).toHaveProperty(
        'value.subject',
        opened.grant.subject,
      );
    }
  });

  it('sent twice, as by a client that lost the answer, brings a pair each time', async () => {
    const { instance } = running();
    const context = instance();
    const { token, client } = await earlierConnection(context);
    const pairs = [await use(context, client, token), await use(instance(), client, token)];
    for (const { refresh_token } of pairs)
      expect(await use(instance(), client, refresh_token ?? '')).toHaveProperty('access_token');
  });

  it('may ask for fewer scopes, and not for more', async () => {
    const context = running().instance();
    const { token, client } = await earlierConnection(context);
    expect((await refusal(use(context, client, token, 'mcp:admin'))).code).toBe('invalid_scope');
    const pair = await use(context, client, token, 'mcp:read');
    expect(pair.scope).toBe('mcp:read');
    expect((await use(context, client, pair.refresh_token ?? '')).scope).toBe(scopes.join(' '));
  });

  it('is refused to another client, and the tenant is not asked', async () => {
    const { instance, asked } = running();
    const context = instance();
    const { token } = await earlierConnection(context);
    const { client: thief } = await earlierConnection(context);
    asked();
    expect((await refusal(use(context, thief, token))).code).toBe('invalid_grant');
    expect(asked()).toEqual([]);
  });

  it('that the tenant no longer knows is refused, and the connection is over', async () => {
    const { instance } = running();
    const context = instance();
    const { earlier, client } = await earlierConnection(context);
    const dead = { ...earlier, upstream: 'a-token-that-was-revoked' };
    expect((await refusal(use(context, client, sealed(context, dead)))).code).toBe('invalid_grant');
    const grant = grantAt(context, { id: earlier.signIn, clientId: client.id });
    expect((await readStanding(instance().config, grant)).ended).toBe(true);
  });

  it('waits while the tenant is down, and is good when it is back', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const { token, client } = await earlierConnection(context);
    tenant.switches.faults = { 'POST /oauth/token': { status: 503 } };
    const error = await refusal(use(context, client, token));
    expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 503 });
    tenant.switches.faults = {};
    expect(await use(instance(), client, token)).toHaveProperty('access_token');
  });

  it('waits while the application’s setting cannot be changed: its token would be used up for nothing', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const { token, client } = await earlierConnection(context);
    tenant.switches.faults = { 'PATCH /api/v2/clients/*': { status: 503 } };
    expect(await refusal(use(context, client, token))).toMatchObject({ status: 503 });
    tenant.switches.faults = {};
    expect(await use(instance(), client, token)).toHaveProperty('access_token');
  });

  it.each<[string, (earlier: Earlier) => unknown]>([
    ['without a client', ({ clientId: _, ...rest }) => rest],
    ['without Auth0’s token', ({ upstream: _, ...rest }) => rest],
    ['whose scopes are a text', (earlier) => ({ ...earlier, scopes: 'mcp:admin' })],
  ])('%s is none', async (_, change) => {
    const context = running().instance();
    const { earlier, client } = await earlierConnection(context);
    const token = seal(context.config, 'refresh-token', change(earlier), 3600);
    expect((await refusal(use(context, client, token))).code).toBe('invalid_grant');
  });
});
