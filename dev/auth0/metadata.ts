import type { Middleware } from 'koa';
import type { TenantState } from './model/state.ts';
import { publicJwks } from './signing-keys.ts';

/** The tenant's discovery document. Like Auth0's, it has no auth method `none` and no `grant_types_supported`. */
export function discoveryDocument(state: TenantState): Record<string, unknown> {
  const { issuer } = state;
  return {
    issuer,
    authorization_endpoint: `${issuer}authorize`,
    token_endpoint: `${issuer}oauth/token`,
    device_authorization_endpoint: `${issuer}oauth/device/code`,
    userinfo_endpoint: `${issuer}userinfo`,
    mfa_challenge_endpoint: `${issuer}mfa/challenge`,
    jwks_uri: `${issuer}.well-known/jwks.json`,
    registration_endpoint: `${issuer}oidc/register`,
    revocation_endpoint: `${issuer}oauth/revoke`,
    scopes_supported: [
      ...['openid', 'profile', 'offline_access', 'name', 'given_name', 'family_name', 'nickname'],
      ...['email', 'email_verified', 'picture', 'created_at', 'identities', 'phone', 'address'],
    ],
    response_types_supported: [
      ...['code', 'token', 'id_token', 'code token', 'code id_token'],
      ...['token id_token', 'code token id_token'],
    ],
    code_challenge_methods_supported: ['S256', 'plain'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256', 'RS384', 'PS256'],
    claims_supported: [
      ...['aud', 'auth_time', 'created_at', 'email', 'email_verified', 'exp', 'family_name', 'given_name'],
      ...['iat', 'identities', 'iss', 'name', 'nickname', 'phone_number', 'picture', 'sub'],
    ],
    request_uri_parameter_supported: false,
    request_parameter_supported: false,
    id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256'],
    ...(state.switches.emitIss ? { authorization_response_iss_parameter_supported: true } : {}),
  };
}

/** `/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server` and the key set. */
export function metadata(state: TenantState): Middleware {
  return async (ctx, next) => {
    const documents: Record<string, () => unknown> = {
      '/.well-known/openid-configuration': () => discoveryDocument(state),
      '/.well-known/oauth-authorization-server': () => discoveryDocument(state),
      '/.well-known/jwks.json': () => publicJwks(state.keys),
    };
    const document = documents[ctx.path];
    if (document === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    ctx.set({
      'Access-Control-Allow-Origin': '*',
      'Cache-Control': 'public, max-age=15, stale-while-revalidate=15, stale-if-error=86400',
    });
    ctx.body = document();
  };
}
