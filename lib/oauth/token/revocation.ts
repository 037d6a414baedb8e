import { auditedGrant, type Grant, openAccessToken } from '../../access-token/grant.ts';
import { endGrant } from '../../access-token/standing.ts';
import { revokeAtTenant } from '../../auth0/token.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { bodyParameters } from '../../http/parameters.ts';
import { annotate } from '../../log.ts';
import { audit } from '../../store/audit.ts';
import { limited } from '../../store/rate-limit.ts';
import { authenticateClient } from '../client/authentication.ts';
import { openRefreshToken } from './refresh-token.ts';

/** A refresh token that an earlier version of this server issued does not say whose it is. */
type Revocable = Pick<Grant, 'id' | 'clientId' | 'application' | 'upstream' | 'organization'> & {
  subject?: string;
};

/**
 * `POST /oauth/revoke` (RFC 7009). Either token of a pair ends the whole grant: here at once, on every other instance
 * within a minute, and at Auth0. A token that is not known, or no longer, counts as revoked.
 *
 * @throws StoreUnavailable, TenantError: the client should try again. What has been done stays done.
 */
export async function revoke(request: Request, context: SignInContext): Promise<Response> {
  const { config } = context;
  const parameters = await bodyParameters(request);
  const client = await limited(context, request, 'token', () =>
    authenticateClient(request, parameters, context),
  );
  annotate({ client: client.id });
  const token = parameters.get('token');
  if (token === undefined) throw new OAuthError('invalid_request', 'token is missing.');

  const grant = grantOf(config, token);
  if (grant) {
    if (grant.clientId !== client.shortId)
      throw new OAuthError('invalid_grant', 'The token was issued to another client.');
    annotate({ signIn: grant.id, revoked: true });
    const { subject } = grant;
    audit(config, {
      ...{ action: 'revocation', actor: 'client' },
      ...(subject === undefined
        ? { client: client.shortId, grant: grant.id }
        : auditedGrant(config, { ...grant, subject })),
    });
    await Promise.all([endGrant(config, grant.id), endUpstream(config, grant)]);
  }
  return new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } });
}

/** The grant behind a token of ours, access or refresh, whatever `token_type_hint` says (RFC 7009 section 2.1). */
function grantOf(config: SignInConfig, token: string): Revocable | undefined {
  const opened = openAccessToken(config, token);
  if ('value' in opened) return opened.value.grant;
  const refreshToken = openRefreshToken(config, token);
  if (!refreshToken) return undefined;
  return 'grant' in refreshToken ? refreshToken.grant : { ...refreshToken, id: refreshToken.signIn };
}

async function endUpstream(config: SignInConfig, { application, upstream }: Revocable): Promise<void> {
  if (upstream !== undefined) await revokeAtTenant(config.oauth, application, upstream);
}
