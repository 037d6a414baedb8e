import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import { api, callback, demo, newClient, newTenant } from './fixture.ts';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});
afterAll(() => tenant.close());

it('a strict OpenID client completes discovery, sign-in, validation, userinfo, refresh and revocation', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(tenant.issuer);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const client = { client_id: await newClient(tenant) };
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = oauth.generateRandomNonce();
  const state = oauth.generateRandomState();

  const url = new URL(server.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid profile mcp:read offline_access',
    audience: api,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    state,
  }).toString();
  const browser = openBrowser(tenant.origin);
  const { left } = await browser.submit(await browser.open(url), demo);
  const params = oauth.validateAuthResponse(server, client, left ?? new URL(callback), state);

  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    params,
    callback,
    verifier,
    insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  expect(claims).toMatchObject({ iss: tenant.issuer, name: 'Demo User' });
  await oauth.validateApplicationLevelSignature(server, response, insecure);

  const userinfo = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
  const sub = claims?.sub ?? '';
  expect(await oauth.processUserInfoResponse(server, client, sub, userinfo)).toMatchObject({ sub });

  const refresh = () =>
    oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token ?? '', insecure);
  const refreshed = await oauth.processRefreshTokenResponse(server, client, await refresh());
  const rotated = refreshed.refresh_token ?? '';
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, oauth.None(), rotated, insecure),
  );
  await expect(
    refresh().then((r) => oauth.processRefreshTokenResponse(server, client, r)),
  ).rejects.toMatchObject({
    status: 403,
    error: 'invalid_grant',
  });
});
