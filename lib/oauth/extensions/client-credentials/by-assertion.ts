import type { SignInContext } from '../../../http/endpoint.ts';
import { limit } from '../../../store/rate-limit.ts';
import { verifyClientAssertion } from '../../client/client-assertion.ts';
import { invalidClient } from '../../client/credentials.ts';
import { findMachineClient } from './machine-client.ts';
import type { Proven } from './proven.ts';

/** Seconds that a token lives which no token of the tenant stands behind. The client can ask again at any time. */
const lifetimeSeconds = 3600;

/**
 * Proves a machine client by an assertion that its registered key has signed (RFC 7523 section 2.2). Its scopes are those
 * of its registration.
 *
 * @throws OAuthError `invalid_client`, `temporarily_unavailable`
 */
export async function byAssertion(
  request: Request,
  context: SignInContext,
  clientId: string,
  assertion: string,
): Promise<Proven> {
  const client = await findMachineClient(context.config, clientId, () => limit(context, request, 'lookup'));
  if (!client) throw invalidClient('No machine client with a key is registered under this id.', false);
  const verified = await verifyClientAssertion(context, { id: clientId, keys: client.keys }, assertion);
  if ('failure' in verified) throw invalidClient(verified.failure, false);
  return { scopes: client.scopes, expiresAtSeconds: Math.floor(Date.now() / 1000) + lifetimeSeconds };
}
