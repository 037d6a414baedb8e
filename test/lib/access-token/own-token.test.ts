import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Grant, sealAccessToken } from '../../../lib/access-token/grant.ts';
import { openOwnToken } from '../../../lib/access-token/own-token.ts';
import { endGrant, readStanding } from '../../../lib/access-token/standing.ts';
import type { Verification } from '../../../lib/access-token/verification.ts';
import type { SignInContext } from '../../../lib/http/endpoint.ts';
import { OAuthError } from '../../../lib/http/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { grantAt, realGrant } from '../../support/grants.ts';
import { type InstanceContext, useInstances } from '../../support/instances.ts';

const running = useInstances();

/** Opens a token and confirms its grant, as `/mcp` does for a request. */
async function verifyOwnToken(token: string, context: SignInContext): Promise<Verification> {
  const opened = openOwnToken(token, context);
  return 'failure' in opened ? opened : opened.value.confirm();
}

const month = 30 * 86_400;
const minute = 60;
const hour = 3600;

beforeEach(async () => {
  const { tenant, store, emptyStore, asked } = running();
  tenant.switches.faults = {};
  Object.assign(store.faults, { outage: 'none', delayMs: 0 });
  await emptyStore();
  asked();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const tokenOf = ({ config }: InstanceContext, grant: Grant) => sealAccessToken(config, grant, month);
const exchanges = () =>
  running()
    .asked()
    .filter((call) => call === 'POST /oauth/token').length;
const ended = { failure: 'The connection was ended. Sign in again.' };
const down = { status: 503 };

/** Neither good nor bad: what a 503 is made of. */
async function expectUnavailable(verification: ReturnType<typeof verifyOwnToken>) {
  const outcome = await verification;
  if (!('failure' in outcome) || !(outcome.failure instanceof OAuthError))
    throw new Error(`not unavailable: ${JSON.stringify(outcome)}`);
  expect(outcome.failure).toMatchObject({ code: 'temporarily_unavailable', status: 503 });
  expect(outcome.failure.retryAfterSeconds).toBeGreaterThan(0);
}

describe('a token of ours', () => {
  it('says who calls, through which client, with which scopes and until when, and nothing more', async () => {
    const context = running().instance();
    const grant = grantAt(context, { clientId: 'https://app.example.com/client.json' });
    expect(await verifyOwnToken(tokenOf(context, grant), context)).toEqual({
      value: {
        issuer: context.config.oauth.issuer,
        subject: 'auth0|alice',
        clientId: 'https://app.example.com/client.json',
        scopes: ['mcp:read', 'mcp:write', 'offline_access'],
        expiresAt: Math.floor(Date.now() / 1000) + month,
      },
    });
  });

  it.each<[string, (context: InstanceContext) => string, string]>([
    ['that is none', () => 'x', 'The token is not valid'],
    [
      'that has expired',
      ({ config }) => sealAccessToken(config, grantAt(running().instance()), -1),
      'The token has expired',
    ],
    [
      'for another address of this server',
      (context) => tokenOf(context, grantAt(context, { origin: 'https://preview.example.com' })),
      'The token is for another address of this server',
    ],
  ])('%s is refused at no cost to store or tenant', async (_, made, failure) => {
    const { instance, store, asked } = running();
    const context = instance({ ALLOWED_ORIGINS: 'https://preview.example.com' });
    store.resetCounts();
    expect(await verifyOwnToken(made(context), context)).toEqual({ failure });
    expect([store.requests, asked()]).toEqual([0, []]);
  });

  it('is good at the origin it is for, whichever of ours that is', async () => {
    const preview = 'https://preview.example.com';
    const context = running().instance({ ALLOWED_ORIGINS: preview });
    const token = tokenOf(context, grantAt(context, { origin: preview }));
    expect(await verifyOwnToken(token, { ...context, origin: preview })).toHaveProperty('value');
    expect(await verifyOwnToken(token, context)).toHaveProperty('failure');
  });

  it('costs one read of the store a minute, and the tenant nothing for an hour', async () => {
    const { instance, store } = running();
    const context = instance();
    const token = tokenOf(context, grantAt(context));
    store.resetCounts();
    for (const requests of [1, 1, 1]) {
      expect(await verifyOwnToken(token, context)).toHaveProperty('value');
      expect(store.requests).toBe(requests);
    }
    wait(minute);
    await verifyOwnToken(token, context);
    expect(store.requests).toBe(2);
    wait(58 * minute);
    await verifyOwnToken(token, context);
    expect(store.requests).toBe(3);
    expect(exchanges()).toBe(0);
  });
});

describe('a grant that was ended', () => {
  it('is refused at once where it was ended, and within a minute at every other instance', async () => {
    const { instance } = running();
    const [here, there] = [instance(), instance()];
    const grant = grantAt(here);
    const token = tokenOf(here, grant);
    expect(await verifyOwnToken(token, there)).toHaveProperty('value');
    await endGrant(here.config, grant.id);
    expect(await verifyOwnToken(token, here)).toEqual(ended);
    expect(await verifyOwnToken(token, instance())).toEqual(ended);
    wait(59);
    expect(await verifyOwnToken(token, there)).toHaveProperty('value');
    wait(1);
    expect(await verifyOwnToken(token, there)).toEqual(ended);
  });

  it('is refused also while the store is down, by an instance that knows', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = grantAt(context);
    await endGrant(context.config, grant.id);
    store.faults.outage = 'unavailable';
    wait(5 * minute);
    expect(await verifyOwnToken(tokenOf(context, grant), context)).toEqual(ended);
  });

  it('takes all tokens of the grant with it, whenever they were issued, and no other grant', async () => {
    const context = running().instance();
    const grant = grantAt(context);
    await endGrant(context.config, grant.id);
    const narrowed = { ...grant, scopes: ['mcp:read'], vouchedAtSeconds: grant.vouchedAtSeconds + 9 };
    expect(await verifyOwnToken(tokenOf(context, narrowed), context)).toEqual(ended);
    expect(await verifyOwnToken(tokenOf(context, grantAt(context)), context)).toHaveProperty('value');
  });
});

describe('the tenant is asked again', () => {
  it('in the background once its word is an hour old and calls keep coming: none of them waits', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    const token = tokenOf(context, grant);
    await verifyOwnToken(token, context);
    exchanges();
    tenant.switches.faults = { 'POST /oauth/token': { delayMs: 2_000 } };
    wait(hour + minute);
    const askedAtSeconds = Math.floor(Date.now() / 1000);
    const started = performance.now();
    expect(await verifyOwnToken(token, context)).toHaveProperty('value');
    expect(performance.now() - started).toBeLessThan(1_500);
    const vouch = await eventually(async () => {
      const known = (await readStanding(instance().config, grant)).vouch;
      expect(known).toBeDefined();
      return known;
    });
    // `waitFor` moves the faked clock along.
    expect(vouch?.vouchedAtSeconds).toBeGreaterThanOrEqual(askedAtSeconds);
    expect(exchanges()).toBe(1);
    // The word just given counts for the next hour.
    wait(59 * minute);
    tenant.switches.faults = { 'POST /oauth/token': down };
    expect(await verifyOwnToken(token, context)).toHaveProperty('value');
    expect(exchanges()).toBe(0);
  });

  it('before answering if nobody called for longer', async () => {
    const { instance } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    exchanges();
    wait(hour + 15 * minute);
    expect(await verifyOwnToken(tokenOf(context, grant), context)).toHaveProperty('value');
    expect(exchanges()).toBe(1);
  });

  it('and a user who is blocked by then is refused: in the background with the next call, else at once', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const [busy, idle] = [grantAt(context), grantAt(context)];
    const invalid = { status: 403, body: { error: 'invalid_grant' } };
    tenant.switches.faults = { 'POST /oauth/token': invalid };
    wait(hour + minute);
    expect(await verifyOwnToken(tokenOf(context, busy), context)).toHaveProperty('value');
    await eventually(async () =>
      expect(await verifyOwnToken(tokenOf(context, busy), context)).toEqual(ended),
    );
    wait(15 * minute);
    expect(await verifyOwnToken(tokenOf(context, idle), context)).toEqual(ended);
    // For good: the tenant may be down, or have changed its mind.
    tenant.switches.faults = {};
    for (const grant of [busy, idle])
      expect(await verifyOwnToken(tokenOf(context, grant), instance())).toEqual(ended);
  });

  it('and permissions that were taken away are gone from then on, at every instance', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = grantAt(context, { scopes: ['mcp:read', 'mcp:admin', 'offline_access'] });
    const body = { access_token: 'opaque', token_type: 'Bearer', expires_in: 60, scope: 'mcp:read' };
    tenant.switches.faults = {
      'POST /oauth/token': { status: 200, body },
      'GET /userinfo': { status: 200, body: { sub: grant.subject } },
    };
    wait(2 * hour);
    const token = tokenOf(context, grant);
    for (const each of [context, context, instance()])
      expect(await verifyOwnToken(token, each)).toHaveProperty('value.scopes', [
        'mcp:read',
        'offline_access',
      ]);
    expect(exchanges()).toBe(1);
  });

  it('and the answer gives no token more than it carries: one that was narrowed stays so', async () => {
    const { instance } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    const narrowed = tokenOf(context, { ...grant, scopes: ['mcp:read'] });
    wait(2 * hour);
    expect(await verifyOwnToken(tokenOf(context, grant), context)).toHaveProperty(
      'value.scopes',
      grant.scopes,
    );
    for (const each of [context, instance()])
      expect(await verifyOwnToken(narrowed, each)).toHaveProperty('value.scopes', ['mcp:read']);
  });

  it('and a narrowed token that asked first takes nothing away from the others', async () => {
    const { instance } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    const narrowed = tokenOf(context, { ...grant, scopes: ['mcp:read'] });
    wait(2 * hour);
    expect(await verifyOwnToken(narrowed, context)).toHaveProperty('value.scopes', ['mcp:read']);
    for (const each of [context, instance()])
      expect(await verifyOwnToken(tokenOf(context, grant), each)).toHaveProperty(
        'value.scopes',
        grant.scopes,
      );
  });

  it('once for many calls at many instances', async () => {
    const { instance } = running();
    const instances = [instance(), instance(), instance()];
    const grant = await realGrant(running(), instance());
    exchanges();
    wait(2 * hour);
    const token = tokenOf(instance(), grant);
    const outcomes = await Promise.all(
      instances.flatMap((context) => [1, 2, 3].map(() => verifyOwnToken(token, context))),
    );
    for (const outcome of outcomes) expect(outcome).toHaveProperty('value');
    expect(exchanges()).toBe(1);
  });

  it('never for a connection that the user did not allow to stay: it ends with Auth0’s own token', async () => {
    const context = running().instance();
    const grant = grantAt(context, { upstream: undefined });
    const token = sealAccessToken(context.config, grant, 3 * hour);
    wait(3 * hour - 1);
    expect(await verifyOwnToken(token, context)).toHaveProperty('value');
    wait(2);
    expect(await verifyOwnToken(token, context)).toEqual({ failure: 'The token has expired' });
    expect(exchanges()).toBe(0);
  });

  it('also if the store has lost everything: it is simply asked', async () => {
    const { instance, emptyStore } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    const token = tokenOf(context, grant);
    wait(2 * hour);
    await verifyOwnToken(token, context);
    await emptyStore();
    exchanges();
    wait(2 * minute);
    expect(await verifyOwnToken(token, instance())).toHaveProperty('value');
    expect(exchanges()).toBe(1);
  });
});

describe('while the tenant is down', () => {
  it('what it last said holds for a day, and then a token is neither good nor bad', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const token = tokenOf(context, grantAt(context));
    tenant.switches.faults = { 'POST /oauth/token': down };
    for (const further of [2, 4, 17]) {
      wait(further * hour);
      expect(await verifyOwnToken(token, context)).toHaveProperty('value');
    }
    wait(hour);
    await expectUnavailable(verifyOwnToken(token, context));
    await expectUnavailable(verifyOwnToken(token, instance()));
  });

  it('it is not asked by each call, but once a minute and instance', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const token = tokenOf(context, grantAt(context));
    tenant.switches.faults = { 'POST /oauth/token': { status: 500 } };
    wait(2 * hour);
    for (let call = 0; call < 5; call++) await verifyOwnToken(token, context);
    // Once, and once more because no answer came.
    expect(exchanges()).toBe(2);
    wait(61);
    await verifyOwnToken(token, context);
    expect(exchanges()).toBe(2);
  });

  it('a connection goes on as soon as it is back', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    const token = tokenOf(context, grant);
    tenant.switches.faults = { 'POST /oauth/token': down };
    wait(25 * hour);
    await expectUnavailable(verifyOwnToken(token, context));
    tenant.switches.faults = {};
    wait(61);
    expect(await verifyOwnToken(token, context)).toHaveProperty('value');
  });
});

describe('while the store is down', () => {
  it.each(['unavailable', 'refused'] as const)(
    'tokens that the tenant confirmed within the hour are good, and older ones neither good nor bad: %s',
    async (outage) => {
      const { instance, store } = running();
      const context = instance();
      const token = tokenOf(context, grantAt(context));
      store.faults.outage = outage;
      expect(await verifyOwnToken(token, context)).toHaveProperty('value');
      wait(59 * minute);
      expect(await verifyOwnToken(token, context)).toHaveProperty('value');
      wait(2 * minute);
      await expectUnavailable(verifyOwnToken(token, context));
      expect(exchanges()).toBe(0);
      store.faults.outage = 'none';
    },
  );

  it('an instance goes by what it heard of the tenant itself', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    const token = tokenOf(context, grant);
    wait(2 * hour);
    expect(await verifyOwnToken(token, context)).toHaveProperty('value');
    store.faults.outage = 'unavailable';
    wait(30 * minute);
    expect(await verifyOwnToken(token, context)).toHaveProperty('value');
    await expectUnavailable(verifyOwnToken(token, instance()));
  });
});
