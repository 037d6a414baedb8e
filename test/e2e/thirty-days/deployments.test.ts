import { hkdfSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { EncryptJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shellVariables, type Variables } from '../../../dev/environment.ts';
import { type Functions, startFunctions } from '../../../dev/vercel/functions.ts';
import { type Loopback, listenOnLoopback } from '../../../dev/vercel/loopback.ts';
import { userHash } from '../../../lib/access-token/principal.ts';
import { endGrantsOf } from '../../../lib/access-token/sign-out.ts';
import { readConfig } from '../../../lib/config.ts';
import { tenantTokens } from '../../support/access-token.ts';
import { useClock } from '../../support/clock.ts';
import { manageTenant } from '../../support/manage-tenant.ts';
import { oauthClient } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';
import {
  type Connection,
  connect,
  connection,
  emptyStore,
  instanceCount,
  refusalOf,
  signedOut,
  tenantCalls,
  tokensOf,
  works,
} from './connection.ts';

const clock = useClock();
const secret = (number: number) => `sealing secret ${number}, which protects nothing at all`;
const env = { ...clock.env, SEALING_SECRET: secret(1) };
const stack = useStack({ instances: instanceCount, env });

const deployed: Functions[] = [];
afterAll(() => Promise.all(deployed.map((functions) => functions.close())));

/** Deploys the server once more, with the stack's tenant and store. */
async function deploy(port: number | Loopback, changes: Variables): Promise<void> {
  const functions = await startFunctions({
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    port,
    instances: instanceCount,
    env: { ...shellVariables(process.env), ...stack().env, ...changes },
  });
  deployed.push(functions);
}

/** Replaces production by a deployment with other variables. */
async function redeploy(changes: Variables): Promise<void> {
  for (const functions of [stack().functions, ...deployed.splice(0)]) await functions.close();
  await deploy(Number(new URL(stack().serverUrl).port), changes);
  await load();
}

/** Lets every new instance load its code, so that no request's timeout runs meanwhile. */
async function load(): Promise<void> {
  const nobody = connection(stack(), '', { access_token: 'none' });
  expect(await nobody.everywhere()).toEqual(signedOut);
}

/** Milliseconds for a test in which instances start: they compete for the processor with other tests. */
const deployingTimeoutMs = 60_000;

describe('a preview deployment', () => {
  it(
    'refuses production’s tokens and production refuses its own, though they share secret, tenant and store',
    async () => {
      const loopback = await listenOnLoopback(0);
      const preview = { serverUrl: `http://localhost:${loopback.port}` };
      const { serverUrl: production } = stack();
      await deploy(loopback, {
        SERVER_URL: preview.serverUrl,
        OAUTH_AUDIENCE: production,
        ALLOWED_ORIGINS: '',
      });

      const there = await connect(preview);
      const here = await connect(stack());
      expect([await there.everywhere(), await here.everywhere()]).toEqual([works, works]);

      const strayed = connection(stack(), there.clientId, there.tokens);
      expect(await strayed.everywhere()).toEqual(signedOut);
      expect((await strayed.call()).headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(await refusalOf(await strayed.refresh())).toEqual([400, 'invalid_grant']);
      const taken = connection(preview, here.clientId, here.tokens);
      expect(await taken.everywhere()).toEqual(signedOut);
      expect(await refusalOf(await taken.refresh())).toEqual([400, 'invalid_grant']);

      expect([await there.everywhere(), await here.everywhere()]).toEqual([works, works]);
    },
    deployingTimeoutMs,
  );
});

describe('a connection made by the previous version', () => {
  const connections: Connection[] = [];
  const next = () => {
    const user = connections.pop();
    if (!user) throw new Error('no connection is left');
    return user;
  };
  beforeAll(async () => {
    for (let count = 0; count < 4; count++) connections.push(await connectAsBefore());
    // This version is deployed now. It does not read what the previous one kept in the store.
    await emptyStore(stack());
    await stack().functions.reload();
    await load();
  });

  it('refreshes with the same token again if the answer was lost', async () => {
    const user = next();
    await tokensOf(await user.refresh());
    clock.advance('2 h');
    const renewed = user.with(await tokensOf(await user.refresh(undefined, 1)));
    expect(await renewed.everywhere()).toEqual(works);
  });

  it('ends when its refresh token is revoked', async () => {
    const user = next();
    const renewed = user.with(await tokensOf(await user.refresh()));
    expect((await user.revoke(user.tokens.refresh_token ?? '')).status).toBe(200);
    clock.advance('61 s');
    expect(await renewed.everywhere()).toEqual(signedOut);
    expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
  });

  it('ends when an operator signs its user out', async () => {
    const user = next();
    const renewed = user.with(await tokensOf(await user.refresh()));
    expect(await renewed.everywhere()).toEqual(works);
    await signOut('demo@example.com');
    clock.advance('61 s');
    expect(await renewed.everywhere()).toEqual(signedOut);
    expect(await refusalOf(await renewed.refresh())).toEqual([400, 'invalid_grant']);
    expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
    await emptyStore(stack());
  });

  it('uses Auth0’s token until it ends, then refreshes into tokens of this version, twice at once', async () => {
    const user = next();
    expect(await user.everywhere()).toEqual(works);
    clock.advance('21 h');
    expect(await user.everywhere()).toEqual(works);
    clock.advance('2 h');
    expect(await user.everywhere()).toEqual(signedOut);

    const answers = await Promise.all([0, 1].map((instance) => user.refresh(undefined, instance)));
    const pairs = (await Promise.all(answers.map(tokensOf))).map(user.with);
    for (const pair of pairs) {
      expect(pair.tokens.scope).toBe('mcp:read mcp:write offline_access');
      expect(pair.tokens.access_token.split('.')).toHaveLength(5);
    }
    for (const pause of ['1 min', '5 h', '20 d'] as const) {
      clock.advance(pause);
      for (const pair of pairs) {
        expect(await pair.everywhere()).toEqual(works);
        expect((await pair.refresh()).status).toBe(200);
      }
      // The tokens hold what is needed to ask the tenant: nothing is lost with the store.
      await emptyStore(stack());
    }
    const application = stack()
      .tenant.applications()
      .find(({ client_id }) => client_id === user.clientId);
    expect(application?.refresh_token.rotation_type).toBe('non-rotating');
  });

  /** Signs in as with the previous version: with a rotating refresh token, and with Auth0's access token. */
  async function connectAsBefore(): Promise<Connection> {
    const client = oauthClient(stack().serverUrl);
    const clientId = await client.register({ client_name: `Earlier client ${crypto.randomUUID()}` });
    const manage = await manageTenant(stack());
    const rotating = {
      rotation_type: 'rotating',
      expiration_type: 'expiring',
      leeway: 30,
      token_lifetime: 30 * 86_400,
      idle_token_lifetime: 15 * 86_400,
      infinite_token_lifetime: false,
      infinite_idle_token_lifetime: false,
    };
    await manage('PATCH', `clients/${clientId}`, { refresh_token: rotating });
    const { tokens } = await tenantTokens(stack(), {
      clientId,
      redirectUri: `${stack().serverUrl}/callback`,
      scope: 'openid profile email mcp:read mcp:write offline_access',
    });
    const refresh_token = await sealAsBefore({
      upstream: tokens.refresh_token,
      signIn: crypto.randomUUID(),
      clientId,
      application: clientId,
      scopes: ['mcp:read', 'mcp:write', 'offline_access'],
    });
    return connection(stack(), clientId, { access_token: tokens.access_token, refresh_token });
  }

  /** A refresh token as the previous version sealed it: with `jose`, for 366 days. */
  function sealAsBefore(value: object): Promise<string> {
    const key = new Uint8Array(hkdfSync('sha256', secret(1), '', 'mcp-auth0-vercel refresh-token 1', 32));
    return new EncryptJWT({ v: value })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + 366 * 86_400)
      .encrypt(key);
  }
});

/** What an operator does to end every connection of a user. */
async function signOut(email: string): Promise<void> {
  const read = readConfig(stack().env);
  const user = stack().tenant.users.find((each) => each.email === email);
  if ('failure' in read || !read.value.oauth || !user) throw new Error('not configured');
  const { issuer } = read.value.oauth;
  await endGrantsOf({ ...read.value, oauth: read.value.oauth }, userHash({ issuer, subject: user.user_id }));
}

describe('a new SEALING_SECRET', () => {
  it(
    'signs nobody out while the previous one is kept; once that is dropped, only those who never came back',
    async () => {
      const user = await connect(stack());
      const absent = await connect(stack());
      clock.advance('2 h');
      expect(await user.everywhere()).toEqual(works);
      const before = tenantCalls(stack());

      await redeploy({ SEALING_SECRET: secret(2), SEALING_SECRET_PREVIOUS: secret(1) });
      expect(await user.everywhere()).toEqual(works);
      // What the tenant said before the change still counts.
      expect(tenantCalls(stack()) - before).toBe(0);
      const renewed = user.with(await tokensOf(await user.refresh()));
      expect(await renewed.everywhere()).toEqual(works);

      await redeploy({ SEALING_SECRET: secret(2) });
      expect(await renewed.everywhere()).toEqual(works);
      expect((await renewed.refresh()).status).toBe(200);
      expect(await absent.everywhere()).toEqual(signedOut);
    },
    deployingTimeoutMs,
  );

  it(
    'without the previous one asks everybody to sign in again',
    async () => {
      const user = await connect(stack());
      expect(await user.everywhere()).toEqual(works);
      await redeploy({ SEALING_SECRET: secret(3) });
      expect(await user.everywhere()).toEqual(signedOut);
      expect((await user.call()).headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
      expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
      expect(await (await connect(stack())).everywhere()).toEqual(works);
    },
    deployingTimeoutMs,
  );
});
