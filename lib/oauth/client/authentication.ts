import { createHash, timingSafeEqual } from 'node:crypto';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { macs } from '../../sealing.ts';
import { limit } from '../../store/rate-limit.ts';
import type { FoundClient } from './application/record.ts';
import type { Client } from './client.ts';
import { findClient } from './find-client.ts';

type Credentials = { clientId: string | undefined; secret: string | undefined; basic: boolean };

/**
 * The secret of a registered client: derived from its id, so that nothing needs to be stored and every instance
 * knows it. Equal registrations share an id and so a secret; like every secret that ships inside an app it
 * proves little, which is why PKCE is required of all clients.
 */
export function clientSecret(config: SignInConfig, clientId: string): string {
  return macs(config, 'client-secret', clientId)[0];
}

/**
 * The client that sent a token or revocation request (RFC 6749 section 2.3), by `none`, `client_secret_post` or
 * `client_secret_basic`. A client registered for a secret must present it, by either way; a public client's
 * superfluous secret is ignored, as some clients send one that is empty or left from elsewhere, and
 * refusing it would protect nobody.
 *
 * @throws OAuthError `invalid_client` (401, with a challenge when Basic was used), `invalid_request` when two
 * ways are mixed, `temporarily_unavailable` when the client cannot be looked up.
 */
export async function authenticateClient(
  request: Request,
  parameters: Parameters,
  context: SignInContext,
): Promise<FoundClient> {
  const { clientId, secret, basic } = readCredentials(request, parameters);
  if (clientId === undefined) throw invalidClient('The client_id is missing.', basic);
  const client = await findClient(context, clientId, (what) => limit(context, request, what));
  if (!client) throw invalidClient('The client is not known here. Register again.', basic);
  if (client.authMethod !== 'none') {
    if (secret === undefined) throw invalidClient('This client must authenticate with its secret.', basic);
    if (!isSecretOf(context.config, client, secret))
      throw invalidClient('The client secret is wrong.', basic);
  }
  return client;
}

function readCredentials(request: Request, parameters: Parameters): Credentials {
  const header = request.headers.get('authorization') ?? '';
  const clientId = parameters.get('client_id');
  const secret = parameters.get('client_secret');
  if (!/^basic(?: |$)/i.test(header)) return { clientId, secret, basic: false };

  const [id, password] = readBasic(header);
  if (secret !== undefined && password !== undefined)
    throw new OAuthError('invalid_request', 'Send the client secret once: in the header or in the body.');
  if (clientId !== undefined && clientId !== id)
    throw invalidClient('The client_id in the body is not the one in the header.', true);
  return { clientId: id, secret: password ?? secret, basic: true };
}

/** Id and secret of a Basic header; each is form-encoded before it is joined (RFC 6749 section 2.3.1). */
function readBasic(header: string): [id: string, secret: string | undefined] {
  const decoded = Buffer.from(header.slice('basic'.length).trim(), 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  try {
    const [id, secret] = [decoded.slice(0, colon), decoded.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replaceAll('+', ' ')),
    );
    if (colon > 0 && id) return [id, secret || undefined];
  } catch {
    // Refused below.
  }
  throw invalidClient('The Authorization header is malformed.', true);
}

function isSecretOf(config: SignInConfig, client: Client, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const presented = digest(secret);
  return macs(config, 'client-secret', client.id)
    .map((expected) => timingSafeEqual(presented, digest(expected)))
    .includes(true);
}

function invalidClient(description: string, basic: boolean): OAuthError {
  const challenge = { 'www-authenticate': 'Basic realm="oauth", charset="UTF-8"' };
  return new OAuthError('invalid_client', description, basic ? { headers: challenge } : {});
}
