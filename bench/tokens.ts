import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Grant, lifetimeSecondsOf, sealAccessToken } from '../lib/access-token/grant.ts';
import { hasSignIn, readConfig } from '../lib/config.ts';
import { baselineScopes } from '../lib/scopes.ts';
import { realmOf } from '../lib/store/keys.ts';

/** Where the contestants believe to be served. */
export const serverUrl = 'http://localhost:3000';

const issuer = 'https://tenant.example.com/';
const scopes = ['mcp:read', 'mcp:write', 'offline_access'];
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** The environment of this server as a contestant. */
export const ownEnvironment = (storeUrl: string): Record<string, string> => ({
  SERVER_URL: serverUrl,
  AUTH0_DOMAIN: 'tenant.example.com',
  AUTH0_CLIENT_ID: 'management-application',
  AUTH0_CLIENT_SECRET: 'management-secret-that-protects-nothing',
  UPSTASH_REDIS_REST_URL: storeUrl,
  UPSTASH_REDIS_REST_TOKEN: 'bench',
});

/** An access token of this server, as a client holds it after signing in. */
export function ownToken(env: Record<string, string>, subject = 'auth0|bench'): string {
  const { value: config } = readConfig(env) as { value?: Parameters<typeof realmOf>[0] };
  if (!config || !hasSignIn(config)) throw new Error('The environment is incomplete');
  const grant: Grant = {
    id: randomUUID(),
    realm: realmOf(config),
    subject,
    clientId: 'c'.repeat(32),
    application: 'c'.repeat(32),
    scopes: [...baselineScopes, 'offline_access'],
    origin: config.serverUrl,
    signedInAtSeconds: nowSeconds(),
    vouchedAtSeconds: nowSeconds(),
    upstream: `v1.${'r'.repeat(60)}`,
    upstreamExpiresAtSeconds: nowSeconds() + 86_400,
  };
  return sealAccessToken(config, grant, lifetimeSecondsOf(config, grant));
}

/** An RS256 access token as Auth0 issues it, and what a contestant needs to verify it. */
export async function tenantToken(): Promise<{ token: string; env: Record<string, string> }> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const kid = randomUUID();
  const token = await new SignJWT({ scope: scopes.join(' '), azp: 'c'.repeat(32), permissions: scopes })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .setIssuer(issuer)
    .setSubject('auth0|bench')
    .setAudience([serverUrl, `${issuer}userinfo`])
    .setIssuedAt()
    .setExpirationTime('1 day')
    .sign(privateKey);
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] };
  return {
    token,
    env: { BENCH_JWKS: JSON.stringify(jwks), BENCH_ISSUER: issuer, SERVER_URL: serverUrl },
  };
}
