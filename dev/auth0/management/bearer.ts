import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import { type TenantState, tenantNow } from '../model/state.ts';
import { publicJwks } from '../signing-keys.ts';
import { type Reply, refusal } from './reply.ts';

/**
 * The scopes of a Management API token, or Auth0's 401 response. Enforces: a Bearer token, which the tenant signed with
 * RS256 for the Management API (`aud`), not expired on the tenant's clock.
 */
export async function bearerScopes(state: TenantState, authorization: string): Promise<Set<string> | Reply> {
  const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) return refusal(401, 'Missing authentication');
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(publicJwks(state.keys)), {
      issuer: state.issuer,
      algorithms: ['RS256'],
      currentDate: new Date(tenantNow(state) * 1000),
    });
    if (payload.aud !== `${state.issuer}api/v2/`) return refusal(401, `Bad audience: ${payload.aud}`);
    return new Set(String(payload.scope ?? '').split(' '));
  } catch (error) {
    return error instanceof errors.JWTExpired
      ? refusal(401, 'Expired token received for JSON Web Token validation')
      : refusal(401, 'Invalid token');
  }
}
