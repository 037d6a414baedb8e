import { issueAccessToken } from './access-token.ts';
import type { Application } from './model/applications.ts';
import { findApi, findClientGrant, type TenantState } from './model/state.ts';
import { machineOrganization } from './organizations/machine.ts';
import { oauthError, type TokenReply } from './token-reply.ts';

/**
 * The `client_credentials` grant: a token for the application itself, with the scopes of its client grant.
 *
 * Refuses, with 403 `access_denied` and the descriptions that Auth0 sends: no audience, an API that does not exist, an API
 * without a client grant for the application or one that lets no application in, and scopes beyond the client grant.
 */
export async function clientCredentials(
  state: TenantState,
  application: Application,
  params: Record<string, string>,
): Promise<TokenReply> {
  const audience = params.audience || state.settings.default_audience;
  if (!audience) {
    return oauthError(403, 'access_denied', 'Non-global clients are not allowed access to APIv1');
  }
  const api = findApi(state, audience);
  if (api === undefined) {
    return oauthError(403, 'access_denied', `Service not enabled within domain: ${audience}`);
  }
  const grant = findClientGrant(state, application.client_id, audience, 'client');
  if (grant === undefined || api.subject_type_authorization?.client?.policy === 'deny_all') {
    return oauthError(
      403,
      'access_denied',
      `Client "${application.client_id}" is not authorized to access resource server "${audience}". You need to create a "client-grant" associated to this API.`,
    );
  }
  const organization = machineOrganization(state, application, grant, params.organization);
  if ('status' in organization) return organization;
  const wanted = params.scope?.split(' ').filter(Boolean);
  const missing = wanted?.filter((scope) => !grant.scope.includes(scope)) ?? [];
  if (missing.length > 0) {
    return oauthError(403, 'access_denied', `Client has not been granted scopes: ${missing.join(', ')}`);
  }
  const scopes = wanted ?? grant.scope;
  const { token, expiresIn } = await issueAccessToken(state, {
    clientId: application.client_id,
    subject: `${application.client_id}@clients`,
    api,
    scopes,
    permissions: scopes,
    organization: organization.id,
  });
  return {
    status: 200,
    body: {
      access_token: token,
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      expires_in: expiresIn,
      token_type: 'Bearer',
    },
  };
}
