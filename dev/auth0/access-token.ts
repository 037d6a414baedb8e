import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ResourceServer } from './model/resource-servers.ts';
import { type TenantState, tenantNow } from './model/state.ts';
import { sealOpaqueToken } from './opaque-token.ts';
import { organizationClaims } from './organizations/organizations.ts';
import { signerOf } from './signing-keys.ts';

/** An access token and its lifetime in seconds. */
export type AccessToken = { token: string; expiresIn: number };

export type AccessTokenRequest = {
  clientId: string;
  /** A user's id, or `<client_id>@clients`. */
  subject: string;
  api: ResourceServer | undefined;
  scopes: readonly string[];
  /** The subject's permissions at the API (RBAC), whatever scopes were requested. */
  permissions: readonly string[];
  /** The id of the organization that the token is for. */
  organization?: string | undefined;
  /** Who acts for the subject (RFC 8693 section 4.1). */
  act?: object;
};

/**
 * Issues an access token: a JWT in the API's dialect and signed with its algorithm, or an opaque token for `/userinfo` if
 * there is no API.
 */
export async function issueAccessToken(
  state: TenantState,
  request: AccessTokenRequest,
): Promise<AccessToken> {
  const now = tenantNow(state);
  const expiresIn = state.switches.accessTokenLifetimeSeconds ?? request.api?.token_lifetime ?? 86400;
  const { clientId: client_id, subject: sub, api, scopes } = request;
  if (api === undefined) {
    const claims = { sub, client_id, scopes: [...scopes], exp: now + expiresIn };
    return { token: await sealOpaqueToken(state.opaqueTokenKey, state.issuer, claims), expiresIn };
  }

  const rfc9068 = api.token_dialect.startsWith('rfc9068_profile');
  const authz = api.token_dialect.endsWith('_authz') && api.enforce_policies;
  const machine = sub.endsWith('@clients');
  const { key, ...header } = await signerOf(state.keys, api);
  const token = await new SignJWT({
    iss: state.issuer,
    sub,
    aud: scopes.includes('openid') ? [api.identifier, `${state.issuer}userinfo`] : api.identifier,
    iat: now,
    exp: now + expiresIn,
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    ...(machine && !rfc9068 ? { gty: 'client-credentials' } : {}),
    ...(rfc9068 ? { jti: randomBytes(16).toString('base64url'), client_id } : { azp: client_id }),
    ...organizationClaims(state, request.organization),
    ...(request.act ? { act: request.act } : {}),
    ...(authz ? { permissions: [...request.permissions] } : {}),
  })
    .setProtectedHeader({ ...header, typ: rfc9068 ? 'at+jwt' : 'JWT' })
    .sign(key);
  return { token, expiresIn };
}
