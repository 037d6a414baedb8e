import { deleteApplication, getApplication } from '../../auth0/applications.ts';
import type { SignInConfig } from '../../config.ts';
import { hasBearerSecret } from '../../http/bearer-secret.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { annotate } from '../../log.ts';
import { macs } from '../../sealing.ts';
import { audit } from '../../store/audit.ts';
import { forgetCopy } from './application/cache.ts';
import { recordOf } from './application/record.ts';

/** Seconds after a registration during which whoever made it may take it back. */
const lifetimeSeconds = 3600;

/**
 * Where and how a client can delete its registration (RFC 7592 section 3). Only whoever caused the application to be made
 * gets this: others that register the same later share it.
 */
export function managementOf(config: SignInConfig, origin: string, clientId: string) {
  return {
    registration_client_uri: `${origin}/register/${clientId}`,
    registration_access_token: macs(config, 'registration-token', clientId)[0],
  };
}

/**
 * `DELETE /register/{client_id}` (RFC 7592 section 2.3), for registrations that were made by mistake or to try the server
 * out: within an hour, and only as long as nobody has signed in through the client.
 *
 * @throws OAuthError `invalid_token` (401), `access_denied` (403); TenantError
 */
export async function deleteRegistration(request: Request, context: SignInContext): Promise<Response> {
  const { config, url } = context;
  const clientId = /^\/register\/([A-Za-z0-9]{32})$/.exec(url.pathname)?.[1];
  const tokens = clientId === undefined ? [] : macs(config, 'registration-token', clientId);
  if (clientId === undefined || !tokens.some((token) => hasBearerSecret(request, token)))
    throw new OAuthError('invalid_token', 'Send the registration access token as a bearer token.', {
      headers: { 'www-authenticate': 'Bearer realm="registration"' },
    });
  annotate({ client: clientId });
  const application = await getApplication(config, clientId);
  const record = application && recordOf(config, application);
  if (record) {
    const isTooOld = Date.now() / 1000 - record.createdAt > lifetimeSeconds;
    if (record.lastUsed || isTooOld)
      throw new OAuthError('access_denied', 'This client is in use. It is removed when it stays unused.', {
        status: 403,
      });
    await deleteApplication(config, clientId);
    await forgetCopy(config, clientId, record.hash);
    audit(config, { action: 'client-deleted', actor: 'client', client: clientId });
  }
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
}
