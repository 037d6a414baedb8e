import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyTenantToken } from '../../../lib/access-token/tenant-token.ts';
import { ensureApplication } from '../../../lib/oauth/client/application/create.ts';
import * as tenants from '../../dev/auth0/fixture.ts';
import { newApplication, tenantTokens } from '../../support/access-token.ts';
import { type InstanceContext, useInstances } from '../../support/instances.ts';

const running = useInstances();
let foreign: string;
let made: string;
let foreignToken: string;
let madeToken: string;

const environment = () => ({
  SERVER_URL: 'https://mcp.example.com',
  AUTH0_CLIENT_ID: 'management-application',
  AUTH0_CLIENT_SECRET: 'management-secret-that-protects-nothing',
});

beforeAll(async () => {
  const { tenant, instance } = running();
  const stack = { tenant, env: environment() };
  foreign = await newApplication(stack);
  const registration = {
    name: 'Client of before',
    redirectUris: ['https://app.example.com/cb'],
    authMethod: 'none' as const,
    usesRefreshToken: true,
  };
  const making = { claim: 'approved' as const, callbacks: [tenants.callback] };
  made = (await ensureApplication(instance().config, registration, making)).application;
  foreignToken = (await tenantTokens(stack, { clientId: foreign, scope: 'mcp:read' })).tokens.access_token;
  madeToken = (await tenantTokens(stack, { clientId: made, scope: 'mcp:read mcp:write' })).tokens
    .access_token;
});

beforeEach(() => {
  const { tenant, asked } = running();
  tenant.switches.faults = {};
  asked();
});
afterEach(() => {
  vi.useRealTimers();
});

const allowing = (application: string) => running().instance({ ALLOWED_APPLICATIONS: `x,${application}` });
const verify = (token: string, context: InstanceContext) => verifyTenantToken(token, context);
const lookups = () =>
  running()
    .asked()
    .filter((call) => call.startsWith('GET /api/v2/clients/'));

describe('a token of the tenant for this API', () => {
  it('is accepted from an application that the operator allows, without asking the tenant about it', async () => {
    const context = allowing(foreign);
    expect(await verify(foreignToken, context)).toEqual({
      value: {
        issuer: context.config.oauth.issuer,
        subject: expect.stringMatching(/^auth0\|/),
        clientId: foreign,
        scopes: ['mcp:read'],
        expiresAt: expect.any(Number),
      },
    });
    expect(lookups()).toEqual([]);
  });

  it('is accepted from an application that this server made, until it ends', async () => {
    const verified = await verify(madeToken, running().instance());
    expect(verified).toMatchObject({ value: { clientId: made, scopes: ['mcp:read', 'mcp:write'] } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30 * 86_400_000 });
    expect(await verify(madeToken, running().instance())).toEqual({ failure: 'The token has expired' });
  });

  it('is refused from every other application, in words that say what the operator can do', async () => {
    expect(await verify(foreignToken, running().instance())).toEqual({
      failure: 'The token was issued to an application that is not allowed here',
    });
    expect(await verify(foreignToken, allowing(made))).toHaveProperty('failure');
    expect(await verify(foreignToken, allowing(foreign.slice(0, -1)))).toHaveProperty('failure');
    expect(await verify(foreignToken, allowing(foreign.toLowerCase()))).toHaveProperty('failure');
  });

  it('costs the tenant one question an hour about its application, however many calls come with it', async () => {
    const context = running().instance();
    const calls = Array.from({ length: 20 }, (_, index) =>
      verify(index % 2 ? foreignToken : madeToken, context),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => 'value' in outcome)).toHaveLength(10);
    await verify(madeToken, context);
    await verify(foreignToken, context);
    expect(lookups()).toHaveLength(2);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3601_000 });
    await verify(madeToken, context);
    expect(lookups()).toHaveLength(1);
  });

  it('cannot be judged, rather than being refused, while the tenant does not say whose application it is', async () => {
    const { instance, tenant } = running();
    const context = instance();
    tenant.switches.faults = { 'GET /api/v2/clients/*': { status: 503 } };
    expect(await verify(madeToken, context)).toMatchObject({ failure: { status: 503 } });
    tenant.switches.faults = {};
    expect(await verify(madeToken, context)).toHaveProperty('value');
  });

  it('is refused once its application is gone', async () => {
    const { instance, tenant } = running();
    tenant.switches.faults = { 'GET /api/v2/clients/*': { status: 404, body: {} } };
    expect(await verify(madeToken, instance())).toMatchObject({ failure: expect.any(String) });
  });

  it('cannot be judged while the signing keys cannot be fetched', async () => {
    const context = allowing(foreign);
    const oauth = { ...context.config.oauth, jwksUri: `${running().tenant.origin}/nowhere` };
    expect(await verify(foreignToken, { ...context, config: { ...context.config, oauth } })).toMatchObject({
      failure: { status: 503, code: 'temporarily_unavailable' },
    });
  });
});

describe('that the operator allows an application makes no forgery good', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = () => {
    const now = Math.floor(Date.now() / 1000);
    const { issuer } = running().tenant;
    return {
      ...{ iss: issuer, sub: 'auth0|victim', aud: 'https://mcp.example.com', azp: foreign },
      ...{ scope: 'mcp:admin', iat: now, exp: now + 600 },
    };
  };

  it.each<[string, () => string | Promise<string>]>([
    ['unsigned', () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
    [
      'signed by somebody else',
      () => new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' }).sign(privateKey),
    ],
    ['with other claims', () => foreignToken.split('.').with(1, encode(claims())).join('.')],
    [
      'with another header',
      () =>
        foreignToken
          .split('.')
          .with(0, encode({ alg: 'HS256' }))
          .join('.'),
    ],
    [
      'with the signature of another token',
      () =>
        foreignToken
          .split('.')
          .with(2, madeToken.split('.')[2] ?? '')
          .join('.'),
    ],
    ['cut short', () => foreignToken.slice(0, -8)],
    ['of nothing', () => '..'],
  ])('%s', async (_, forge) => {
    expect(await verify(await forge(), allowing(foreign))).toMatchObject({ failure: expect.any(String) });
    expect(lookups()).toEqual([]);
  });

  it('for another API', async () => {
    const context = allowing(foreign);
    const oauth = { ...context.config.oauth, audiences: ['https://other.example.com'] as [string] };
    expect(await verify(foreignToken, { ...context, config: { ...context.config, oauth } })).toEqual({
      failure: 'The token is for another audience',
    });
  });
});
