import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { limit } from '../../store/rate-limit.ts';
import type { FoundClient } from './application/record.ts';
import { isSecretOf } from './client-secret.ts';
import { findClient } from './find-client.ts';

/** The one type of client assertion (RFC 7523 section 2.2). */
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type Credentials = {
  clientId: string | undefined;
  secret: string | undefined;
  assertion: string | undefined;
  basic: boolean;
};

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

function readCredentials(request: Request, parameters: Parameters): Credentials {
  const header = request.headers.get('authorization') ?? '';
  const secret = parameters.get('client_secret');
  const assertion =
    parameters.get('client_assertion_type') === jwtBearer ? parameters.get('client_assertion') : undefined;
  // RFC 7523 section 3: with an assertion, `client_id` may be left out, since the assertion names the client.
  const clientId = parameters.get('client_id') ?? subjectOf(assertion);
  if (!/^basic(?: |$)/i.test(header)) return { clientId, secret, assertion, basic: false };

  const [id, password] = readBasic(header);
  if (secret !== undefined && password !== undefined)
    throw new OAuthError('invalid_request', 'Send the client secret once: in the header or in the body.');
  if (clientId !== undefined && clientId !== id)
    throw invalidClient('The client_id in the body is not the one in the header.', true);
  return { clientId: id, secret: password ?? secret, assertion, basic: true };
}

/** Whom an assertion claims to be about; verified later, with the keys of that client. */
function subjectOf(assertion: string | undefined): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(assertion?.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims?.sub === 'string' ? claims.sub : undefined;
  } catch {
    return undefined;
  }
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

function invalidClient(description: string, basic: boolean): OAuthError {
  const challenge = { 'www-authenticate': 'Basic realm="oauth", charset="UTF-8"' };
  return new OAuthError('invalid_client', description, basic ? { headers: challenge } : {});
}
