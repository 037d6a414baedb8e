import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';

/** The one type of client assertion (RFC 7523 section 2.2). */
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a client presented to authenticate itself (RFC 6749 section 2.3, RFC 7523 section 2.2). */
export type Credentials = {
  clientId: string | undefined;
  secret: string | undefined;
  assertion: string | undefined;
  basic: boolean;
};

/**
 * Reads a client's credentials from the `Authorization` header and the body.
 *
 * @throws OAuthError `invalid_client` if the header is malformed or names another client, `invalid_request` if two ways are mixed.
 */
export function readCredentials(request: Request, parameters: Parameters): Credentials {
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

/** A refusal of a client; with a challenge if it used the `Authorization` header (RFC 6749 section 5.2). */
export function invalidClient(description: string, basic: boolean): OAuthError {
  const challenge = { 'www-authenticate': 'Basic realm="oauth", charset="UTF-8"' };
  return new OAuthError('invalid_client', description, basic ? { headers: challenge } : {});
}
