import { verifyTenantJwt } from '../../../access-token/tenant-jwt.ts';
import { isJwt } from '../../../access-token/verification.ts';
import { TenantError } from '../../../auth0/errors.ts';
import { redeemAtTenant } from '../../../auth0/token.ts';
import type { SignInContext } from '../../../http/endpoint.ts';
import { OAuthError } from '../../../http/errors.ts';
import type { Organization } from '../../../organizations/organization.ts';
import { invalidClient } from '../../client/credentials.ts';
import type { Proven } from './proven.ts';

/**
 * Proves a machine client by its Auth0 secret: the tenant checks it and says, by the application's client grant, what the
 * client may do. Auth0's token stays here.
 *
 * @param organization that it shall act for: the client grant must allow it.
 * @throws OAuthError `invalid_client`, `unauthorized_client` without a client grant for our API
 * @throws TenantError
 */
export async function bySecret(
  { config: { oauth } }: SignInContext,
  clientId: string,
  { secret, basic }: { secret: string; basic: boolean },
  organization: Organization | undefined,
): Promise<Proven> {
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
    audience: oauth.audiences[0],
    ...(organization && { organization: organization.id }),
  };
  const { access_token: token } = await redeemAtTenant(oauth, form, { repeatable: true }).catch((error) => {
    throw refusalOf(error, basic);
  });
  if (!isJwt(token)) throw new TenantError('invalid', 'the API issues opaque tokens to machine clients');
  const verified = await verifyTenantJwt(token, oauth);
  if ('failure' in verified) throw new TenantError('invalid', `client credentials: ${verified.failure}`);
  const { application, scopes, expiresAtSeconds, organization: claimed } = verified.value;
  if (application !== clientId)
    throw new TenantError('invalid', 'the token was issued to another application');
  return { scopes, expiresAtSeconds, claimed };
}

function refusalOf(error: unknown, basic: boolean): unknown {
  if (error instanceof TenantError || !(error instanceof OAuthError)) return error;
  if (error.code === 'invalid_client')
    return invalidClient('The client or its secret is not known here.', basic);
  return new OAuthError(
    'unauthorized_client',
    'This client may not use this server. Its operator can register it with npm run setup.',
    { cause: error.cause },
  );
}
