import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Tokens by what they are for: the identifier of an API, or the name of a connection such as `google-oauth2`. */
export type Tokens = Record<string, string>;

/** What the kit needs of an Auth0 tenant: refreshing a grant, and exchanging its token for the tokens of a test. */
export type KitTenant = {
  origin: string;
  /** A refresh token with which the server gets this user's tokens, and no others. */
  refreshTokenFor(subject: string, tokens: Tokens): string;
  close(): Promise<void>;
};

/** Answers as Auth0 does (RFC 8693, Token Vault), on a free loopback port. It checks nothing: dev/auth0/ is the strict one. */
export async function startKitTenant(): Promise<KitTenant> {
  const users = new Map<string, { subject: string; tokens: Tokens }>();

  /** The access token of a user is their refresh token: opaque, so the server asks `/userinfo` whose it is. */
  const answer = (form: URLSearchParams): { status: number; body: object } => {
    const refreshToken = form.get('refresh_token');
    if (refreshToken !== null) return { status: 200, body: { access_token: refreshToken, expires_in: 3600 } };
    const [connection, audience] = [form.get('connection'), form.get('audience')];
    const token = users.get(form.get('subject_token') ?? '')?.tokens[connection ?? audience ?? ''];
    if (token !== undefined) return { status: 200, body: { access_token: token, expires_in: 3600 } };
    return connection === null
      ? { status: 403, body: { error: 'access_denied' } }
      : { status: 401, body: { error: 'federated_connection_refresh_token_not_found' } };
  };

  const server = createServer(async (request, response) => {
    const bearer = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const { status, body } =
      request.url === '/userinfo'
        ? { status: 200, body: { sub: users.get(bearer)?.subject } }
        : answer(new URLSearchParams(await text(request)));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    refreshTokenFor: (subject, tokens) => {
      const refreshToken = randomUUID();
      users.set(refreshToken, { subject, tokens });
      return refreshToken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
