import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../../dev/auth0/switches.ts';
import { confirmTokens } from '../../../lib/access-token/confirmed-tokens.ts';
import type { Grant } from '../../../lib/access-token/grant.ts';
import { profileOf } from '../../../lib/access-token/profile.ts';
import { endGrant, keepVouch, readStanding } from '../../../lib/access-token/standing.ts';
import { askTenantAbout, currentScopes, currentUpstream } from '../../../lib/access-token/vouch.ts';
import { revokeAtTenant } from '../../../lib/auth0/token.ts';
import { vouchKey } from '../../../lib/store/keys.ts';
import { withStore } from '../../../lib/store/redis.ts';
import { other, tenantTokens } from '../../support/access-token.ts';
import { eventually } from '../../support/eventually.ts';
import { grantAt, realGrant } from '../../support/grants.ts';
import { useInstances } from '../../support/instances.ts';

const running = useInstances();

beforeEach(async () => {
  const { tenant, store, emptyStore, asked } = running();
  tenant.switches.faults = {};
  Object.assign(store.faults, { outage: 'none', delayMs: 0 });
  await emptyStore();
  asked();
});
afterEach(() => {
  vi.useRealTimers();
});

const refused = { failure: 'refused' };
const unavailable = { failure: 'unavailable' };
const hoursLater = (hours: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3600_000 });
const exchanges = () =>
  running()
    .asked()
    .filter((call) => call === 'POST /oauth/token').length;

/** An answer of the tenant for an access token that is no JWT, whose user `/userinfo` names. */
function answering(scope: string | undefined, subject: string): Record<string, Fault> {
  const body = { access_token: 'opaque', token_type: 'Bearer', expires_in: 600, ...(scope && { scope }) };
  return {
    'POST /oauth/token': { status: 200, body },
    'GET /userinfo': { status: 200, body: { sub: subject } },
  };
}

describe('the tenant, asked about a grant', () => {
  it('confirms it: who it belongs to and what is granted now, known at every instance', async () => {
    const { instance } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    hoursLater(2);
    const outcome = await askTenantAbout(context.config, grant);
    const vouched = {
      vouchedAtSeconds: Math.floor(Date.now() / 1000),
      subject: grant.subject,
      scopes: grant.scopes,
    };
    expect(outcome).toEqual({ value: vouched });
    expect(await readStanding(instance().config, grant)).toEqual({ ended: false, vouch: vouched });
  });

  it('names the user anew, for tools that ask who it is', async () => {
    const context = running().instance();
    const grant = await realGrant(running(), context);
    const principal = {
      ...{ issuer: context.config.oauth.issuer, subject: grant.subject, clientId: grant.clientId },
      ...{ scopes: grant.scopes, expiresAt: 0 },
    };
    expect(await profileOf(context.config, principal)).toEqual({});
    await askTenantAbout(context.config, grant);
    await eventually(async () =>
      expect(await profileOf(context.config, principal)).toEqual({
        email: 'demo@example.com',
        name: 'Demo User',
      }),
    );
  });

  it('refuses it once its refresh token was revoked: the grant is over, at every instance', async () => {
    const { instance } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    await revokeAtTenant(context.config.oauth, grant.application, grant.upstream ?? '');
    expect(await askTenantAbout(context.config, grant)).toEqual(refused);
    expect((await readStanding(instance().config, grant)).ended).toBe(true);
  });

  it.each<[string, Fault]>([
    ['the user is blocked or the grant revoked', { status: 403, body: { error: 'invalid_grant' } }],
    ['a rule turns the user away', { status: 403, body: { error: 'access_denied' } }],
    ['an Action turns the user away', { status: 403, body: { error: 'unauthorized' } }],
    ['the application is gone', { status: 401, body: { error: 'access_denied' } }],
  ])('says that it is over if %s', async (_, fault) => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = grantAt(context);
    tenant.switches.faults = { 'POST /oauth/token': fault };
    expect(await askTenantAbout(context.config, grant)).toEqual(refused);
    expect((await readStanding(instance().config, grant)).ended).toBe(true);
  });

  it.each<[string, Record<string, Fault>]>([
    ['is down', { 'POST /oauth/token': { status: 503 } }],
    ['cuts the connection', { 'POST /oauth/token': { reset: true } }],
    ['answers with a page', { 'POST /oauth/token': { status: 200, body: '<html>' } }],
    ['has too many requests', { 'POST /oauth/token': { status: 429, body: { error: 'too_many_requests' } } }],
    [
      'does not allow us the grant',
      { 'POST /oauth/token': { status: 403, body: { error: 'unauthorized_client' } } },
    ],
    ['cannot say whose the token is', { ...answering(undefined, 'x'), 'GET /userinfo': { status: 503 } }],
  ])('says nothing if it %s: the grant goes on as it was', async (_, faults) => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = grantAt(context);
    tenant.switches.faults = faults;
    expect(await askTenantAbout(context.config, grant)).toEqual(unavailable);
    expect(await readStanding(instance().config, grant)).toEqual({ ended: false, vouch: undefined });
  });

  it('is asked again at once if its answer was lost, and after a minute if it does not answer', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    running().asked();
    tenant.switches.faults = { 'POST /oauth/token': { reset: true, after: true, nth: 1 } };
    expect(await askTenantAbout(context.config, grant)).toHaveProperty('value');
    expect(exchanges()).toBe(2);

    const another = await realGrant(running(), context);
    tenant.switches.faults = { 'POST /oauth/token': { status: 503 } };
    running().asked();
    expect(await askTenantAbout(context.config, another)).toEqual(unavailable);
    tenant.switches.faults = {};
    expect(exchanges()).toBe(2);
    expect(await askTenantAbout(context.config, another)).toEqual(unavailable);
    expect(exchanges()).toBe(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await askTenantAbout(context.config, another)).toHaveProperty('value');
  });

  it('is asked once, however many calls and instances want to know', async () => {
    const { instance, tenant } = running();
    const instances = [instance(), instance(), instance()];
    const grant = await realGrant(running(), instance());
    tenant.switches.faults = { 'POST /oauth/token': { delayMs: 200 } };
    running().asked();
    const asking = instances.flatMap(({ config }) => [1, 2, 3, 4].map(() => askTenantAbout(config, grant)));
    const outcomes = await Promise.all(asking);
    expect(exchanges()).toBe(1);
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(outcomes[0]).toHaveProperty('value.subject', grant.subject);
  });

  it('is not asked about a grant that was ended meanwhile, or that has nothing to ask with', async () => {
    const { instance } = running();
    const context = instance();
    const ended = grantAt(context);
    await endGrant(instance().config, ended.id);
    expect(await askTenantAbout(context.config, ended)).toEqual(refused);
    expect(await askTenantAbout(context.config, grantAt(context, { upstream: undefined }))).toEqual(refused);
    expect(exchanges()).toBe(0);
  });

  it('is asked all the same while the store is down', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    store.faults.outage = 'refused';
    expect(await askTenantAbout(context.config, grant)).toHaveProperty('value.subject', grant.subject);
  });
});

describe('what the tenant grants now', () => {
  // Not `mcp:admin`: an opaque token lists no permissions, and nobody has it without.
  const everything = ['mcp:read', 'mcp:write', 'offline_access'];

  it.each<[string, string | undefined, string[]]>([
    ['what it says', 'openid mcp:read mcp:write offline_access', ['mcp:read', 'mcp:write', 'offline_access']],
    ['less, after permissions were taken away', 'mcp:read', ['mcp:read', 'offline_access']],
    ['nothing of ours', 'openid profile', ['offline_access']],
    ['more than the user approved', 'mcp:read mcp:write mcp:admin', everything],
    ['whatever was granted, if it says nothing (RFC 6749 section 6)', undefined, everything],
  ])('is %s: %j → %j', async (_, scope, expected) => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = grantAt(context);
    tenant.switches.faults = answering(scope, grant.subject);
    expect(await askTenantAbout(context.config, grant)).toMatchObject({ value: { scopes: expected } });
  });

  it('does not depend on which token of the grant asked', async () => {
    const { instance } = running();
    const grant = await realGrant(running(), instance());
    const narrowed = { ...grant, id: `${grant.id}-narrowed`, scopes: ['mcp:read'] };
    const ask = (each: Grant) => askTenantAbout(instance().config, each);
    expect(await ask(narrowed)).toHaveProperty('value.scopes', grant.scopes);
    expect(await ask(grant)).toHaveProperty('value.scopes', grant.scopes);
  });

  it.each<[string[], string[] | undefined, string[]]>([
    [['mcp:read'], ['mcp:read', 'mcp:write', 'mcp:admin', 'offline_access'], ['mcp:read']],
    [['mcp:read', 'mcp:write'], ['mcp:read'], ['mcp:read']],
    [['mcp:admin'], ['mcp:read'], []],
    [['mcp:read', 'mcp:write'], undefined, ['mcp:read', 'mcp:write']],
    [[], ['mcp:admin'], []],
  ])('leaves a token of %j, where it is %j, with %j', (carried, granted, expected) => {
    const last = granted && { vouchedAtSeconds: 0, subject: 'auth0|alice', scopes: granted };
    expect(currentScopes(carried, last)).toEqual(expected);
  });

  it('counts for nothing if it is for another user: the grant is over', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = grantAt(context);
    tenant.switches.faults = answering('mcp:read', 'auth0|mallory');
    expect(await askTenantAbout(context.config, grant)).toEqual(refused);
    expect((await readStanding(instance().config, grant)).ended).toBe(true);
  });

  it('counts for nothing if it is a JWT for another application or user, or is none of the tenant’s', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const { config } = context;
    const env = {
      ...{ SERVER_URL: config.serverUrl, AUTH0_CLIENT_ID: config.oauth.clientId },
      AUTH0_CLIENT_SECRET: config.oauth.clientSecret,
    };
    const theirs = await tenantTokens({ tenant, env }, { user: other });
    const tokens = (access_token: string) => ({ access_token, expires_in: 60 });
    const mine = { application: theirs.clientId, scopes: ['mcp:read'] };
    const good = theirs.tokens.access_token;
    expect(await confirmTokens(config, tokens(good), mine)).toHaveProperty('value.subject');
    for (const [token, expected] of [
      [good, { ...mine, application: 'another' }],
      [`${good.slice(0, -8)}AAAAAAAA`, mine],
      ['a.b.c', mine],
      ['opaque-and-unknown', mine],
    ] as const)
      expect(await confirmTokens(config, tokens(token), expected)).toHaveProperty('failure');
  });
});

describe('a refresh token that the tenant replaces, as for applications of earlier versions', () => {
  async function rotated() {
    const context = running().instance();
    const grant = grantAt(context);
    const faults = answering('mcp:read', grant.subject);
    const { body } = faults['POST /oauth/token'] as { body: object };
    faults['POST /oauth/token'] = { status: 200, body: { ...body, refresh_token: 'the-replacement-token' } };
    running().tenant.switches.faults = faults;
    await askTenantAbout(context.config, grant);
    return { context, grant };
  }

  it('is kept where every instance finds it, sealed, and is the one that is used from then on', async () => {
    const { instance } = running();
    const { context, grant } = await rotated();
    const { config } = instance();
    const { vouch } = await readStanding(config, grant);
    expect(currentUpstream(config, grant, vouch)).toBe('the-replacement-token');
    const kept = await withStore(config, (redis) => redis.get(vouchKey(grant.id)));
    expect(kept).not.toContain('replacement');
    expect(JSON.stringify(vouch)).not.toContain('replacement');
    expect(currentUpstream(context.config, grant, undefined)).toBe(grant.upstream);
  });

  it('that was sealed elsewhere is not believed', async () => {
    const context = running().instance();
    const grant = grantAt(context);
    const foreign = running().instance({ SEALING_SECRET: 'x'.repeat(32) });
    const { context: _, grant: theirs } = await rotated();
    const { vouch } = await readStanding(context.config, theirs);
    expect(currentUpstream(foreign.config, grant, vouch)).toBe(grant.upstream);
    for (const upstream of ['', 'v1.plain', undefined])
      expect(currentUpstream(context.config, grant, vouch && { ...vouch, upstream })).toBe(grant.upstream);
  });

  it('is not noted if it is the one we have', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant: Grant = grantAt(context);
    const faults = answering('mcp:read', grant.subject);
    const { body } = faults['POST /oauth/token'] as { body: object };
    faults['POST /oauth/token'] = { status: 200, body: { ...body, refresh_token: grant.upstream } };
    tenant.switches.faults = faults;
    expect(await askTenantAbout(context.config, grant)).not.toHaveProperty('value.upstream');
  });
});

describe('a word of the tenant that another instance has just got', () => {
  it('is taken over instead of asking again', async () => {
    const { instance } = running();
    const context = instance();
    const grant = grantAt(context, { vouchedAtSeconds: 0 });
    const vouch = {
      ...{
        vouchedAtSeconds: Math.floor(Date.now() / 1000) - 60,
        subject: grant.subject,
        scopes: ['mcp:read'],
      },
    };
    await keepVouch(instance().config, grant, vouch);
    expect(await askTenantAbout(context.config, grant)).toEqual({ value: vouch });
    expect(exchanges()).toBe(0);
  });
});
