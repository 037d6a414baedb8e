import type { SignInContext } from '../../http/endpoint.ts';
import type { Parameters } from '../../http/parameters.ts';
import { limit } from '../../store/rate-limit.ts';
import type { FoundClient } from './application/record.ts';
import { isSecretOf } from './client-secret.ts';
import { invalidClient, readCredentials } from './credentials.ts';
import { findClient } from './find-client.ts';

/**
 * The client that sent a token or revocation request (RFC 6749 section 2.3), by `none`, `client_secret_post`,
 * `client_secret_basic` or `private_key_jwt`. A client registered for a secret must present it, by either way; a client
 * that announced keys must sign. A public client's superfluous secret is ignored, because some clients send one that is
 * empty or left from elsewhere, and refusing it would protect nobody.
 *
 * @throws OAuthError `invalid_client` (401, with a challenge if Basic was used), `invalid_request` if two ways are
 * mixed, `temporarily_unavailable` if the client cannot be looked up.
 */
export async function authenticateClient(
  request: Request,
  parameters: Parameters,
  context: SignInContext,
): Promise<FoundClient> {
  const { clientId, secret, assertion, basic } = readCredentials(request, parameters);
  if (clientId === undefined) throw invalidClient('The client_id is missing.', basic);
  const client = await findClient(context, clientId, (what) => limit(context, request, what));
  if (!client) throw invalidClient('The client is not known here. Register again.', basic);
  switch (client.authMethod) {
    case 'none':
      return client;
    case 'private_key_jwt':
      await requireAssertion(context, client, assertion);
      return client;
    default:
      if (secret === undefined) throw invalidClient('This client must authenticate with its secret.', basic);
      if (!isSecretOf(context.config, client.id, secret))
        throw invalidClient('The client secret is wrong.', basic);
      return client;
  }
}

async function requireAssertion(context: SignInContext, client: FoundClient, assertion: string | undefined) {
  if (assertion === undefined)
    throw invalidClient('This client must authenticate with a client assertion.', false);
  // Loaded on first use: few clients sign.
  const { verifyClientAssertion } = await import('./client-assertion.ts');
  const verified = await verifyClientAssertion(context, client, assertion);
  if ('failure' in verified) throw invalidClient(verified.failure, false);
}
