import type { SignInConfig } from '../../config.ts';
import { hasBearerSecret } from '../../http/bearer-secret.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { annotate, errorFields, log } from '../../log.ts';
import { macs } from '../../sealing.ts';
import { audit } from '../../store/audit.ts';
import { registrationsKey } from '../../store/keys.ts';
import { inBatch, withStore } from '../../store/redis.ts';
import { forgetCopy } from './application/cache.ts';
import { type ClientRecord, recordOf } from './application/record.ts';

/** Seconds after a client was made during which whoever registered it may take it back. */
const lifetimeSeconds = 3600;

/**
 * Counts a registration, in the same round trip as other reads of the turn (`inBatch`). Those of a client that is older than an
 * hour are counted to no effect.
 *
 * @returns how often the client was registered within the hour; undefined if the store does not say.
 */
export async function countRegistration(
  config: SignInConfig,
  application: string,
): Promise<number | undefined> {
  const key = registrationsKey(config, application);
  try {
    const [count] = await inBatch<[number, number]>(config, (pipeline) =>
      pipeline.incr(key).expire(key, lifetimeSeconds),
    );
    return count;
  } catch (error) {
    // The client works all the same; it cannot be deleted.
    log('warn', 'registration not counted', errorFields(error));
    return undefined;
  }
}

/**
 * Lets whoever made the client delete it again: how and where (RFC 7592 section 3). Others that register the same share the
 * client, so they get nothing, and it is no longer one party's to delete.
 *
 * @param count from `countRegistration`.
 * @returns members for the client information response.
 */
export function managementOf(
  config: SignInConfig,
  origin: string,
  { application, createdAt }: ClientRecord,
  count: number | undefined,
): { registration_client_uri: string; registration_access_token: string } | undefined {
  if (count !== 1 || isPastRemoval(createdAt)) return undefined;
  return {
    registration_client_uri: `${origin}/register/${application}`,
    registration_access_token: macs(config, 'registration-token', application)[0],
  };
}

/**
 * `DELETE /register/{client_id}` (RFC 7592 section 2.3), for registrations that were made by mistake or to try the server
 * out: within an hour, and only as long as nobody else has registered the same client.
 *
 * @throws OAuthError `invalid_token` (401), `access_denied` (403); StoreUnavailable; TenantError
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
  const key = registrationsKey(config, clientId);
  const count = await withStore(config, (redis) => redis.get(key), { retry: true });
  // Loaded on first use: few clients delete their registration.
  const { deleteApplication, getApplication } = await import('../../auth0/applications.ts');
  const application = await getApplication(config, clientId);
  const record = application && recordOf(config, application);
  if (record) {
    if (count !== '1' || isPastRemoval(record.createdAt))
      throw new OAuthError(
        'access_denied',
        'Others may use this client. It is removed when it stays unused.',
        {
          status: 403,
        },
      );
    await deleteApplication(config, clientId);
    await forgetCopy(config, clientId, record.hash);
    audit(config, { action: 'client-deleted', actor: 'client', client: clientId });
  }
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
}

function isPastRemoval(createdAtSeconds: number): boolean {
  return Date.now() / 1000 - createdAtSeconds > lifetimeSeconds;
}
