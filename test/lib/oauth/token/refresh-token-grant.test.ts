import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Grant, openAccessToken } from '../../../../lib/access-token/grant.ts';
import { endGrant, readStanding } from '../../../../lib/access-token/standing.ts';
import { OAuthError } from '../../../../lib/http/errors.ts';
import type { FoundClient } from '../../../../lib/oauth/client/application/record.ts';
import { readGenerations } from '../../../../lib/oauth/token/generation.ts';
import { openRefreshToken, sealRefreshToken } from '../../../../lib/oauth/token/refresh-token.ts';
import { readPresentedToken, refresh } from '../../../../lib/oauth/token/refresh-token-grant.ts';
import type { TokenResponse } from '../../../../lib/oauth/token/response.ts';
import { eventually } from '../../../support/eventually.ts';
import { grantAt, realGrant } from '../../../support/grants.ts';
import { type InstanceContext, useInstances } from '../../../support/instances.ts';

const running = useInstances();
const minute = 60;
const hour = 3600;

beforeEach(async () => {
  const { tenant, store, emptyStore, asked } = running();
  tenant.switches.faults = {};
  store.faults.outage = 'none';
  await emptyStore();
  asked();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const exchanges = () =>
  running()
    .asked()
    .filter((call) => call === 'POST /oauth/token').length;

const clientOf = ({ clientId }: Pick<Grant, 'clientId'>): FoundClient => ({
  id: clientId,
  shortId: clientId,
  source: 'registration',
  name: 'App',
  redirectUris: ['https://app.example.com/cb'],
  authMethod: 'none',
  usesRefreshToken: true,
  record: undefined,
});

const firstToken = ({ config }: InstanceContext, grant: Grant) =>
  sealRefreshToken(config, { grant, generation: 0 });

async function use(
  context: InstanceContext,
  grant: Pick<Grant, 'clientId'>,
  token = '',
  scope?: string,
): Promise<TokenResponse> {
  const fields = { grant_type: 'refresh_token', refresh_token: token, ...(scope !== undefined && { scope }) };
  const parameters = new Map(Object.entries(fields));
  return refresh(context, clientOf(grant), parameters, await readPresentedToken(context, parameters));
}

async function refusal(work: Promise<unknown>): Promise<OAuthError> {
  const error = await work.then(
    (value) => value,
    (thrown) => thrown,
  );
  if (error instanceof OAuthError) return error;
  throw new Error(`not refused: ${JSON.stringify(error)}`);
}

describe('a refresh', () => {
  it('gives a new pair of the next generation, for two reads in one round trip and no question to the tenant', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = grantAt(context);
    store.resetCounts();
    const pair = await use(context, grant, firstToken(context, grant));
    expect(store.requests).toBeLessThanOrEqual(2);
    expect(exchanges()).toBe(0);
    expect(pair).toMatchObject({
      token_type: 'Bearer',
      expires_in: 30 * 86_400,
      scope: grant.scopes.join(' '),
    });
    expect(openAccessToken(context.config, pair.access_token)).toMatchObject({ value: { grant } });
    expect(openRefreshToken(context.config, pair.refresh_token ?? '')).toEqual({ grant, generation: 1 });
  });

  it('that names fewer scopes narrows the access token alone, and says so', async () => {
    const context = running().instance();
    const grant = grantAt(context);
    const pair = await use(context, grant, firstToken(context, grant), 'mcp:read');
    expect(pair.scope).toBe('mcp:read');
    expect(openAccessToken(context.config, pair.access_token)).toHaveProperty('value.grant.scopes', [
      'mcp:read',
    ]);
    expect(openRefreshToken(context.config, pair.refresh_token ?? '')).toHaveProperty('grant', grant);
  });

  it.each<[string, (context: InstanceContext) => Grant, string]>([
    [
      'another origin',
      (context) => grantAt(context, { origin: 'https://preview.example.com' }),
      'invalid_grant',
    ],
    ['another tenant', (context) => grantAt(context, { realm: 'another0' }), 'invalid_grant'],
  ])('with a token for %s is refused, at no cost to store or tenant', async (_, made, error) => {
    const { instance, store, asked } = running();
    const context = instance();
    const grant = made(context);
    store.resetCounts();
    expect((await refusal(use(context, grant, firstToken(context, grant)))).code).toBe(error);
    expect([store.requests, asked()]).toEqual([0, []]);
  });

  it('by another client is refused, and leaves no trace', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = grantAt(context);
    store.resetCounts();
    const stolen = use(context, { clientId: 'd'.repeat(32) }, firstToken(context, grant));
    expect((await refusal(stolen)).code).toBe('invalid_grant');
    // Read in the round trip in which the client is looked up; nothing is written.
    expect([store.requests, store.commands]).toEqual([1, 1]);
    expect(await readGenerations(instance().config, grant.id)).toBeUndefined();
    expect((await readStanding(instance().config, grant)).ended).toBe(false);
    expect(await use(context, grant, firstToken(context, grant))).toHaveProperty('access_token');
  });

  it('ends with the token’s life: a month without use', async () => {
    const context = running().instance();
    const grant = grantAt(context);
    const token = firstToken(context, grant);
    wait(30 * 24 * hour);
    expect((await refusal(use(context, grant, token))).code).toBe('invalid_grant');
  });
});

describe('repeated and concurrent refreshes', () => {
  it('are all answered, and every answer is good, at any instance', async () => {
    const { instance } = running();
    const contexts = [instance(), instance(), instance()];
    const grant = grantAt(instance());
    const token = firstToken(instance(), grant);
    const pairs = await Promise.all([...contexts, ...contexts].map((context) => use(context, grant, token)));
    for (const { refresh_token, scope } of pairs) {
      expect(scope).toBe(grant.scopes.join(' '));
      expect(await use(instance(), grant, refresh_token)).toHaveProperty('access_token');
    }
  });

  it('are harmless for ten minutes after the successor was used: an answer may have been lost', async () => {
    const { instance } = running();
    const context = instance();
    const grant = grantAt(context);
    const token = firstToken(context, grant);
    const pair = await use(context, grant, token);
    await use(context, grant, pair.refresh_token);
    await noted(grant, 1);
    // `waitFor` moves the faked clock along a little.
    wait(10 * minute - 15);
    expect(await use(instance(), grant, token)).toHaveProperty('access_token');
    expect((await readStanding(instance().config, grant)).ended).toBe(false);
  });

  it('after that are a replay: two parties hold the grant, and it ends (OAuth 2.1 section 4.3.1)', async () => {
    const { instance } = running();
    const context = instance();
    const grant = grantAt(context);
    const token = firstToken(context, grant);
    const pair = await use(context, grant, token);
    await use(context, grant, pair.refresh_token);
    await noted(grant, 1);
    wait(10 * minute + 5);
    expect((await refusal(use(instance(), grant, token))).code).toBe('invalid_grant');
    expect((await readStanding(instance().config, grant)).ended).toBe(true);
    expect((await refusal(use(context, grant, pair.refresh_token))).code).toBe('invalid_grant');
  });

  it('never end the grant of a client that keeps its first token, or got no other', async () => {
    const context = running().instance();
    const grant = grantAt(context);
    const token = firstToken(context, grant);
    for (let hours = 0; hours < 3; hours++) {
      expect(await use(context, grant, token)).toHaveProperty('access_token');
      wait(15 * minute);
    }
  });

  /** Generations are noted after the answer. */
  const noted = (grant: Grant, newest: number) =>
    eventually(async () =>
      expect(await readGenerations(running().instance().config, grant.id)).toMatchObject({ newest }),
    );
});

describe('the tenant', () => {
  it('is asked once its last word is an hour old, and the new pair starts from there', async () => {
    const { instance } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    exchanges();
    wait(hour);
    const pair = await use(context, grant, firstToken(context, grant));
    expect(exchanges()).toBe(1);
    const vouchedAtSeconds = Math.floor(Date.now() / 1000);
    expect(openAccessToken(context.config, pair.access_token)).toHaveProperty('value.grant', {
      ...grant,
      vouchedAtSeconds,
    });
    await use(instance(), grant, pair.refresh_token);
    expect(exchanges()).toBe(0);
  });

  it('that refuses ends the grant', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = grantAt(context);
    tenant.switches.faults = { 'POST /oauth/token': { status: 403, body: { error: 'invalid_grant' } } };
    wait(hour);
    expect((await refusal(use(context, grant, firstToken(context, grant)))).code).toBe('invalid_grant');
    expect((await readStanding(instance().config, grant)).ended).toBe(true);
  });

  it('that takes permissions away is obeyed, and said so; once it gives them back they are there again', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = await realGrant(running(), context);
    const body = { access_token: 'opaque', token_type: 'Bearer', expires_in: 60, scope: 'openid mcp:read' };
    tenant.switches.faults = {
      'POST /oauth/token': { status: 200, body },
      'GET /userinfo': { status: 200, body: { sub: grant.subject } },
    };
    wait(hour);
    const less = await use(context, grant, firstToken(context, grant));
    expect(less.scope).toBe('mcp:read offline_access');
    expect(openAccessToken(context.config, less.access_token)).toHaveProperty('value.grant.scopes', [
      'mcp:read',
      'offline_access',
    ]);
    tenant.switches.faults = {};
    wait(hour);
    expect((await use(context, grant, less.refresh_token)).scope).toBe(grant.scopes.join(' '));
  });

  it('that does not answer has its last word hold for a day', async () => {
    const { instance, tenant } = running();
    const context = instance();
    const grant = grantAt(context);
    const token = firstToken(context, grant);
    tenant.switches.faults = { 'POST /oauth/token': { status: 503 } };
    wait(23 * hour);
    expect(await use(context, grant, token)).toHaveProperty('access_token');
    wait(hour + 1);
    const error = await refusal(use(context, grant, token));
    expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 503 });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    expect((await readStanding(instance().config, grant)).ended).toBe(false);
  });
});

describe('without the store', () => {
  it('a grant that the tenant confirmed within the hour is refreshed; an older one has to wait', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = grantAt(context);
    const token = firstToken(context, grant);
    store.faults.outage = 'unavailable';
    wait(hour - 1);
    expect(await use(context, grant, token)).toHaveProperty('access_token');
    wait(1);
    expect(await refusal(use(context, grant, token))).toMatchObject({ status: 503 });
    expect(exchanges()).toBe(0);
  });

  it('a grant that this instance has seen end stays ended', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = grantAt(context);
    await endGrant(context.config, grant.id);
    store.faults.outage = 'unavailable';
    expect((await refusal(use(context, grant, firstToken(context, grant)))).code).toBe('invalid_grant');
  });
});
