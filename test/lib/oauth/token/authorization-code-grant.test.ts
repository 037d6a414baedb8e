import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Grant, openAccessToken } from '../../../../lib/access-token/grant.ts';
import { readStanding } from '../../../../lib/access-token/standing.ts';
import { OAuthError } from '../../../../lib/http/errors.ts';
import { sealCode } from '../../../../lib/oauth/authorization/authorization-code.ts';
import type { Client } from '../../../../lib/oauth/client/client.ts';
import { redeemCode } from '../../../../lib/oauth/token/authorization-code-grant.ts';
import { openRefreshToken } from '../../../../lib/oauth/token/refresh-token.ts';
import { grantAt } from '../../../support/grants.ts';
import { type InstanceContext, useInstances } from '../../../support/instances.ts';

const running = useInstances();
const now = 1_900_000_000_000;

beforeEach(async () => {
  const { store, emptyStore, asked } = running();
  store.faults.outage = 'none';
  await emptyStore();
  asked();
  vi.useFakeTimers({ toFake: ['Date'], now });
});
afterEach(() => {
  vi.useRealTimers();
});

const verifier = 'v'.repeat(43);
const redirectUri = 'https://app.example.com/cb';
const client: Client = {
  id: 'c'.repeat(32),
  shortId: 'c'.repeat(32),
  source: 'registration',
  name: 'App',
  redirectUris: [redirectUri],
  authMethod: 'none',
  usesRefreshToken: true,
};

function codeFor({ config }: InstanceContext, grant: Grant, redirectUriSent = true): string {
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
  return sealCode(config, { id: randomUUID(), grant, redirectUri, redirectUriSent, codeChallenge });
}

const redeem = (context: InstanceContext, code: string, changes: Record<string, string | undefined> = {}) => {
  const fields = { code, code_verifier: verifier, redirect_uri: redirectUri, ...changes };
  const stated = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return redeemCode(context, client, new Map(stated));
};

async function errorOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (error instanceof OAuthError) return error.code;
  throw new Error(`not refused: ${error}`);
}

describe('a code', () => {
  it('becomes a pair that carries its grant, at the cost of one command and no question to the tenant', async () => {
    const { instance, store, asked } = running();
    const context = instance();
    const grant = grantAt(context);
    store.resetCounts();
    const response = await redeem(context, codeFor(context, grant));
    expect([store.commands, asked()]).toEqual([1, []]);
    expect(response).toMatchObject({ scope: grant.scopes.join(' '), expires_in: 30 * 86_400 });
    expect(openAccessToken(context.config, response.access_token)).toMatchObject({ value: { grant } });
    expect(openRefreshToken(context.config, response.refresh_token ?? '')).toEqual({ grant, generation: 0 });
  });

  it('becomes an access token alone if the user does not let the client stay connected', async () => {
    const context = running().instance();
    const grant = grantAt(context, { upstream: undefined, scopes: ['mcp:read'] });
    expect(await redeem(context, codeFor(context, grant))).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'mcp:read',
    });
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['no code', { code: undefined }, 'invalid_request'],
    ['no verifier', { code_verifier: undefined }, 'invalid_request'],
    ['another verifier', { code_verifier: 'w'.repeat(43) }, 'invalid_grant'],
    ['another redirect URI', { redirect_uri: `${redirectUri}/` }, 'invalid_grant'],
    ['no redirect URI, though one was sent before', { redirect_uri: undefined }, 'invalid_grant'],
  ])('is refused with %s, and not used up', async (_, changes, error) => {
    const context = running().instance();
    const code = codeFor(context, grantAt(context));
    expect(await errorOf(redeem(context, code, changes))).toBe(error);
    expect(await redeem(context, code)).toHaveProperty('access_token');
  });

  it.each<[string, Partial<Grant>]>([
    ['another client', { clientId: 'd'.repeat(32) }],
    ['another origin', { origin: 'https://preview.example.com' }],
  ])('for %s is refused, and not used up', async (_, changes) => {
    const { instance, store } = running();
    const context = instance();
    store.resetCounts();
    const code = codeFor(context, grantAt(context, changes));
    expect(await errorOf(redeem(context, code))).toBe('invalid_grant');
    expect(store.requests).toBe(0);
  });

  it('whose request named no redirect URI needs none, and may name the same', async () => {
    const context = running().instance();
    const code = () => codeFor(context, grantAt(context), false);
    expect(await redeem(context, code(), { redirect_uri: undefined })).toHaveProperty('access_token');
    expect(await redeem(context, code())).toHaveProperty('access_token');
    expect(await errorOf(redeem(context, code(), { redirect_uri: 'https://evil.example' }))).toBe(
      'invalid_grant',
    );
  });

  it('ends after five minutes', async () => {
    const context = running().instance();
    const [inTime, late] = [codeFor(context, grantAt(context)), codeFor(context, grantAt(context))];
    vi.setSystemTime(now + 299_000);
    expect(await redeem(context, inTime)).toHaveProperty('access_token');
    vi.setSystemTime(now + 300_000);
    expect(await errorOf(redeem(context, late))).toBe('invalid_grant');
  });
});

describe('a code that is used twice', () => {
  it('is refused, at every instance; within ten seconds that is the client’s own repetition', async () => {
    const { instance } = running();
    const context = instance();
    const grant = grantAt(context);
    const code = codeFor(context, grant);
    await redeem(context, code);
    vi.setSystemTime(now + 10_000);
    for (const each of [context, instance()]) expect(await errorOf(redeem(each, code))).toBe('invalid_grant');
    expect((await readStanding(instance().config, grant)).ended).toBe(false);
  });

  it('later is a stolen one: the grant ends, everywhere (RFC 6749 section 10.5)', async () => {
    const { instance } = running();
    const context = instance();
    const grant = grantAt(context);
    const code = codeFor(context, grant);
    await redeem(context, code);
    vi.setSystemTime(now + 11_000);
    expect(await errorOf(redeem(instance(), code))).toBe('invalid_grant');
    expect((await readStanding(context.config, grant)).ended).toBe(true);
  });

  it('by somebody without the verifier ends nothing', async () => {
    const context = running().instance();
    const grant = grantAt(context);
    const code = codeFor(context, grant);
    await redeem(context, code);
    vi.setSystemTime(now + 60_000);
    expect(await errorOf(redeem(context, code, { code_verifier: 'w'.repeat(43) }))).toBe('invalid_grant');
    expect((await readStanding(context.config, grant)).ended).toBe(false);
  });

  it('cannot be told while the store is down, and sign-in goes on', async () => {
    const { instance, store } = running();
    const context = instance();
    store.faults.outage = 'unavailable';
    expect(await redeem(context, codeFor(context, grantAt(context)))).toHaveProperty('access_token');
  });
});
