import { type ConfirmedTokens, confirmTokens } from '../../access-token/confirmed-tokens.ts';
import { signedInOrganization } from '../../access-token/signed-in-organization.ts';
import { redeemAtTenant, type UpstreamTokens } from '../../auth0/token.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { log } from '../../log.ts';
import { toKeep } from '../../organizations/organization.ts';
import { callbackUrl } from '../../origin.ts';
import { isGrantable, isScope, offlineAccess } from '../../scope-rules.ts';
import { realmOf } from '../../store/keys.ts';
import type { SignedIn } from './signed-in.ts';
import type { UpstreamState } from './upstream-state.ts';

/** What the tenant grants with a code, and to whom. */
type TenantGrant = ConfirmedTokens & { tokens: UpstreamTokens };

/**
 * Redeems the tenant's code for a client and verifies what comes back: from here on it is known who signed in and what
 * the tenant grants. Nothing of this reaches the client but sealed.
 *
 * @throws OAuthError `access_denied` if the tenant refuses or the sign-in is to another organization, `invalid_scope` if it
 * grants none of our scopes.
 * @throws TenantError
 */
export async function redeemUpstreamCode(
  context: SignInContext,
  state: UpstreamState,
  code: string,
): Promise<SignedIn> {
  const { signIn, clientShortId, application, scopes, organizationPath } = state;
  const { tokens, subject, name, permissions, ...tenant } = await redeemVerified(context, state, code);
  const { refresh_token: upstream } = tokens;
  const organization = await signedInOrganization(context.config, state.organization, tenant.organization);
  const granted = tenant.scopes
    .filter(isGrantable)
    .filter((scope) => scopes.includes(scope) && (scope !== offlineAccess || upstream !== undefined));
  requireSome(granted);
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    grant: {
      id: signIn,
      realm: realmOf(context.config),
      subject,
      clientId: clientShortId,
      application,
      scopes: granted,
      permissions,
      organization: toKeep(organization),
      organizationPath,
      origin: context.origin,
      signedInAtSeconds: nowSeconds,
      vouchedAtSeconds: nowSeconds,
      upstream,
      upstreamExpiresAtSeconds: nowSeconds + tokens.expires_in,
    },
    name,
  };
}

/**
 * A sign-in at the tenant that has come back: through which application, with which PKCE verifier, for which scopes of ours,
 * or of `audience`.
 */
type Asked = { application: string; verifier: string; scopes: string[]; audience?: string | undefined };

/**
 * Redeems the tenant's code of any sign-in of ours and verifies what comes back.
 *
 * @throws OAuthError `access_denied` if the tenant refuses.
 * @throws TenantError
 */
export async function redeemVerified(
  context: SignInContext,
  asked: Asked,
  code: string,
): Promise<TenantGrant> {
  const tokens = await redeem(context, asked, code);
  const confirmed = await confirmTokens(context.config, tokens, asked);
  if ('value' in confirmed) return { tokens, ...confirmed.value };
  log('error', 'the tenant answered with a token that is not for us', { reason: confirmed.failure });
  const description = `The identity provider issued a token that this server cannot accept: ${confirmed.failure}.`;
  throw new OAuthError('server_error', description);
}

async function redeem(
  { config, origin }: SignInContext,
  { application, verifier }: Asked,
  code: string,
): Promise<UpstreamTokens> {
  try {
    return await redeemAtTenant(config.oauth, {
      grant_type: 'authorization_code',
      client_id: application,
      code,
      redirect_uri: callbackUrl(origin),
      code_verifier: verifier,
    });
  } catch (error) {
    // In an authorization response `invalid_grant` and `invalid_client` mean nothing (RFC 6749 section 4.1.2.1).
    if (error instanceof OAuthError && error.code === 'invalid_grant')
      throw new OAuthError('access_denied', 'The identity provider refused the sign-in. Connect again.', {
        cause: error.cause,
      });
    if (error instanceof OAuthError && error.code === 'invalid_client')
      throw new OAuthError('unauthorized_client', error.message, { cause: error.cause });
    throw error;
  }
}

/** A grant without any scope of ours would open no tool, and nobody would know why. */
function requireSome(scopes: string[]): void {
  if (scopes.some(isScope)) return;
  log('error', 'the tenant granted no scope of this server', {
    fix: 'Define the scopes of lib/scopes.ts as permissions of the API in Auth0, or run setup; with RBAC, give users a role.',
  });
  throw new OAuthError('invalid_scope', 'The identity provider granted none of the requested scopes.');
}
