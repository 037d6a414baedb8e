import { describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../../lib/config.ts';

const complete = {
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'management-id',
  AUTH0_CLIENT_SECRET: 'management-secret',
  SERVER_URL: 'https://mcp.example.com',
};

function configOf(env: Record<string, string | undefined>): Config {
  const result = readConfig(env);
  if ('failure' in result) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

function problemsOf(env: Record<string, string | undefined>): string[] {
  const result = readConfig(env);
  return 'failure' in result ? result.failure.map((problem) => problem.variable) : [];
}

describe('configuration', () => {
  it('needs four variables outside Vercel and fills in the rest', () => {
    const config = configOf(complete);
    expect(config.oauth).toEqual({
      tenant: 'https://acme.eu.auth0.com',
      issuer: 'https://acme.eu.auth0.com/',
      jwksUri: 'https://acme.eu.auth0.com/.well-known/jwks.json',
      managementAudience: 'https://acme.eu.auth0.com/api/v2/',
      clientId: 'management-id',
      clientSecret: 'management-secret',
      apiClient: undefined,
      connectedAccounts: [],
      connections: ['Username-Password-Authentication', 'google-oauth2'],
      audiences: ['https://mcp.example.com'],
      allowedApplications: [],
      identityProviders: [],
      maxClients: 50,
      pruneIdleDays: 30,
      allowedRedirectHosts: undefined,
      localDocuments: false,
    });
    expect(config.origins).toEqual(['https://mcp.example.com']);
    expect(config.sealingSecrets).toEqual(['management-secret']);
    expect(config.store).toBeUndefined();
    expect(config.tokenLifetimeSeconds).toBe(30 * 86_400);
    expect(config.refreshTokenLifetimeSeconds).toBe(60 * 86_400);
    expect(config.cronSecret).toBeUndefined();
    expect(config.warnings).toEqual([]);
    expect(config.standingStream).toBe(false);
  });

  it('takes its public URL from Vercel, and adds the branch and deployment URLs', () => {
    const config = configOf({
      ...complete,
      SERVER_URL: undefined,
      VERCEL: '1',
      VERCEL_ENV: 'preview',
      VERCEL_PROJECT_PRODUCTION_URL: 'mcp.vercel.app',
      VERCEL_BRANCH_URL: 'mcp-git-topic.vercel.app',
      VERCEL_URL: 'mcp-abc123.vercel.app',
      KV_REST_API_URL: 'https://store.upstash.io',
      KV_REST_API_TOKEN: 'token',
    });
    expect(config.serverUrl).toBe('https://mcp.vercel.app');
    expect(config.origins).toEqual([
      'https://mcp.vercel.app',
      'https://mcp-git-topic.vercel.app',
      'https://mcp-abc123.vercel.app',
    ]);
    expect(config.store).toEqual({ url: 'https://store.upstash.io', token: 'token' });
    expect(config.deployment.environment).toBe('preview');
  });

  it.each([
    ['acme.eu.auth0.com', 'https://acme.eu.auth0.com'],
    ['https://acme.eu.auth0.com', 'https://acme.eu.auth0.com'],
    ['https://acme.eu.auth0.com/', 'https://acme.eu.auth0.com'],
    [' acme.eu.auth0.com ', 'https://acme.eu.auth0.com'],
    ['http://localhost:3001', 'http://localhost:3001'],
  ])('reads the tenant %s as %s', (domain, tenant) => {
    expect(configOf({ ...complete, AUTH0_DOMAIN: domain }).oauth?.tenant).toBe(tenant);
  });

  it('takes connections for accounts together with the client that uses them', () => {
    const env = { ...complete, AUTH0_CONNECTED_ACCOUNTS: 'google-oauth2, github' };
    expect(readConfig(env)).toMatchObject({ failure: [{ variable: 'AUTH0_API_CLIENT_ID' }] });
    const client = { AUTH0_API_CLIENT_ID: 'id', AUTH0_API_CLIENT_SECRET: 'secret' };
    expect(configOf({ ...env, ...client }).oauth?.connectedAccounts).toEqual(['google-oauth2', 'github']);
  });

  it('adds the slash that an Auth0 issuer ends with', () => {
    const config = configOf({ ...complete, OAUTH_ISSUER: 'https://login.example.com' });
    expect(config.oauth?.issuer).toBe('https://login.example.com/');
  });

  it('asks for the first audience and accepts the others', () => {
    const config = configOf({ ...complete, OAUTH_AUDIENCE: 'https://api.example.com, urn:other' });
    expect(config.oauth?.audiences).toEqual(['https://api.example.com', 'urn:other']);
  });

  it.each([
    ['app-one', ['app-one']],
    [' app-one , app-two,', ['app-one', 'app-two']],
    ['', []],
  ])('accepts the own tokens of the applications in ALLOWED_APPLICATIONS=%j: %j', (value, expected) => {
    expect(configOf({ ...complete, ALLOWED_APPLICATIONS: value }).oauth?.allowedApplications).toEqual(
      expected,
    );
  });

  it('reads how long tokens live in days', () => {
    expect(configOf({ ...complete, TOKEN_LIFETIME_DAYS: '7' })).toMatchObject({
      tokenLifetimeSeconds: 7 * 86_400,
      refreshTokenLifetimeSeconds: (7 + 30) * 86_400,
    });
    expect(configOf({ ...complete, PRUNE_IDLE_DAYS: '90' }).oauth?.pruneIdleDays).toBe(90);
    expect(configOf({ ...complete, CRON_SECRET: 'x'.repeat(16) }).cronSecret).toBe('x'.repeat(16));
  });

  it.each<[string, Record<string, string | undefined>, string[]]>([
    ['on Vercel without a sealing secret', {}, ['SEALING_SECRET']],
    ['on Vercel with one', { SEALING_SECRET: 's'.repeat(32) }, []],
    ['on Vercel with a previous one alone', { SEALING_SECRET_PREVIOUS: 's'.repeat(32) }, ['SEALING_SECRET']],
    ['on Vercel with no secret of its own', { CRON_SECRET: undefined }, ['SEALING_SECRET', 'CRON_SECRET']],
    ['on this machine', { VERCEL: undefined, CRON_SECRET: undefined }, []],
    ['on Vercel without sign-in', { OAUTH_ENABLED: 'false' }, []],
  ])('%s: warns about %j %j', (_, env, variables) => {
    const store = { KV_REST_API_URL: 'https://s.example', KV_REST_API_TOKEN: 't' };
    const secret = { CRON_SECRET: 'c'.repeat(16) };
    const { warnings } = configOf({ ...complete, ...store, ...secret, VERCEL: '1', ...env });
    expect(warnings.map(({ variable }) => variable)).toEqual(variables);
    expect(JSON.stringify(warnings)).not.toContain('management-secret');
  });

  it('keeps the previous sealing secret second, also when the current one is the default', () => {
    const previous = 'p'.repeat(32);
    expect(configOf({ ...complete, SEALING_SECRET_PREVIOUS: previous }).sealingSecrets).toEqual([
      'management-secret',
      previous,
    ]);
  });

  it('serves without sign-in when told to, needing no tenant', () => {
    const config = configOf({ SERVER_URL: 'http://localhost:3000', OAUTH_ENABLED: 'false' });
    expect(config.oauth).toBeUndefined();
  });

  it.each<[string, Record<string, string | undefined>, string[]]>([
    ['nothing is set', {}, ['SERVER_URL', 'AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET']],
    ['empty values are set', { ...complete, AUTH0_CLIENT_ID: '  ' }, ['AUTH0_CLIENT_ID']],
    ['the server URL has a path', { ...complete, SERVER_URL: 'https://a.example/mcp' }, ['SERVER_URL']],
    ['the server URL is plain http', { ...complete, SERVER_URL: 'http://a.example' }, ['SERVER_URL']],
    ['the server URL is no URL', { ...complete, SERVER_URL: 'a.example' }, ['SERVER_URL']],
    ['a URL holds a password', { ...complete, SERVER_URL: 'https://u:p@a.example' }, ['SERVER_URL']],
    ['the tenant is plain http', { ...complete, AUTH0_DOMAIN: 'http://acme.auth0.com' }, ['AUTH0_DOMAIN']],
    [
      'an extra origin is wrong',
      { ...complete, ALLOWED_ORIGINS: 'https://b.example,*' },
      ['ALLOWED_ORIGINS'],
    ],
    ['a store has no token', { ...complete, KV_REST_API_URL: 'https://s.example' }, ['KV_REST_API_TOKEN']],
    ['a token has no store', { ...complete, UPSTASH_REDIS_REST_TOKEN: 't' }, ['UPSTASH_REDIS_REST_URL']],
    [
      'Vercel has no store',
      { ...complete, VERCEL: '1' },
      ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'],
    ],
    ['a sealing secret is short', { ...complete, SEALING_SECRET: 'short' }, ['SEALING_SECRET']],
    ['the secret of the prune job is short', { ...complete, CRON_SECRET: 'x'.repeat(15) }, ['CRON_SECRET']],
    ['clients may be idle for no day', { ...complete, PRUNE_IDLE_DAYS: '0' }, ['PRUNE_IDLE_DAYS']],
    ['tokens outlive what Auth0 keeps', { ...complete, TOKEN_LIFETIME_DAYS: '31' }, ['TOKEN_LIFETIME_DAYS']],
    ['a switch is no switch', { ...complete, MCP_STANDING_STREAM: 'perhaps' }, ['MCP_STANDING_STREAM']],
    ['a number is none', { ...complete, MAX_CLIENTS: '-1' }, ['MAX_CLIENTS']],
    ['tokens live no day', { ...complete, TOKEN_LIFETIME_DAYS: '0' }, ['TOKEN_LIFETIME_DAYS']],
    ['tokens live half a day', { ...complete, TOKEN_LIFETIME_DAYS: '0.5' }, ['TOKEN_LIFETIME_DAYS']],
    ['a log level is unknown', { ...complete, LOG_LEVEL: 'loud' }, ['LOG_LEVEL']],
    [
      'production runs without sign-in',
      { ...complete, OAUTH_ENABLED: 'false', VERCEL_ENV: 'production' },
      ['OAUTH_ENABLED'],
    ],
    [
      'production runs without sign-in, and what sign-in needs is missing too',
      { SERVER_URL: 'https://a.example', OAUTH_ENABLED: 'false', VERCEL_ENV: 'production' },
      ['OAUTH_ENABLED', 'AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'],
    ],
    [
      'the switch for sign-in is no switch',
      { SERVER_URL: 'https://a.example', OAUTH_ENABLED: 'perhaps', VERCEL_ENV: 'production' },
      ['OAUTH_ENABLED', 'AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'],
    ],
    [
      'Vercel is pointed at loopback',
      {
        ...complete,
        VERCEL: '1',
        AUTH0_DOMAIN: 'http://localhost:3001',
        UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:3002',
        UPSTASH_REDIS_REST_TOKEN: 't',
      },
      ['AUTH0_DOMAIN', 'UPSTASH_REDIS_REST_URL'],
    ],
  ])('names the variables when %s', (_, env, variables) => {
    expect(problemsOf(env)).toEqual(variables);
  });

  it.each([
    'localhost.',
    'store.localhost',
    '127.1.2.3',
    '2130706433',
    '0.0.0.0',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:0:0:1]',
  ])('knows that https://%s is the function itself on Vercel', (host) => {
    const store = { UPSTASH_REDIS_REST_URL: `https://${host}`, UPSTASH_REDIS_REST_TOKEN: 't' };
    const onVercel = { ...complete, ...store, VERCEL: '1', AUTH0_DOMAIN: `https://${host}` };
    expect(problemsOf(onVercel)).toEqual(['AUTH0_DOMAIN', 'UPSTASH_REDIS_REST_URL']);
  });

  it('never repeats a value in a problem', () => {
    const values = { SERVER_URL: 'ftp://value-a', AUTH0_DOMAIN: 'ftp://value-b', SEALING_SECRET: 'value-c' };
    expect(JSON.stringify(readConfig({ ...complete, ...values }))).not.toContain('value-');
  });
});

describe('identity providers of companies', () => {
  const provider = {
    issuer: 'https://acme.okta.com',
    jwks_uri: 'https://acme.okta.com/oauth2/v1/keys',
    subject: 'okta|acme|{sub}',
  };
  const read = (...entries: unknown[]) => ({
    ...complete,
    ENTERPRISE_IDENTITY_PROVIDERS: JSON.stringify(entries),
  });

  it('are read with the scopes that a client gets by default', () => {
    expect(configOf(read(provider)).oauth?.identityProviders).toEqual([
      {
        issuer: provider.issuer,
        jwksUri: provider.jwks_uri,
        subject: provider.subject,
        scopes: ['mcp:read', 'mcp:write'],
      },
    ]);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['no JSON', { ...complete, ENTERPRISE_IDENTITY_PROVIDERS: '[' }],
    ['no list', { ...complete, ENTERPRISE_IDENTITY_PROVIDERS: '{}' }],
    ['an unknown field', read({ ...provider, audience: 'x' })],
    ['an unknown scope', read({ ...provider, scopes: ['everything'] })],
    ['plain http', read({ ...provider, jwks_uri: 'http://acme.example/keys' })],
    ['a subject without the placeholder', read({ ...provider, subject: 'okta|acme' })],
    ['a subject without a prefix', read({ ...provider, subject: '{sub}' })],
    ['a subject that goes on after the placeholder', read({ ...provider, subject: 'okta|{sub}|x' })],
    ['an issuer twice', read(provider, { ...provider, subject: 'okta|other|{sub}' })],
  ])('are refused with %s', (_, env) => {
    expect(problemsOf(env)).toEqual(['ENTERPRISE_IDENTITY_PROVIDERS']);
  });
});
