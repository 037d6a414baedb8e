/**
 * A company's identity provider for Enterprise-Managed Authorization, on loopback. Enforced as the profile says
 * (draft-ietf-oauth-identity-assertion-authz-grant section 4.3, Enterprise-Managed Authorization sections 4 and 7):
 *
 * - the client authenticates with its secret;
 * - the ID token is this provider's own, was issued to that client and has not expired;
 * - audience and resource are a pair that it knows;
 * - of the scopes, it grants those that its policy allows the user;
 * - an ID-JAG lives five minutes and names the client as the MCP server knows it.
 *
 * Endpoints: `GET /.well-known/openid-configuration`, `GET /jwks.json`, `POST /token` (token exchange), and in place of
 * single sign-on in a browser `POST /sign-in` with `client_id`, `client_secret`, `username`, `password`: an ID token.
 * `POST /clients` with a client in JSON registers it, in place of an administrator's console.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

export type Employee = { id: string; email: string; password: string; name: string; scopes: string[] };

const ssoClient = z.strictObject({
  id: z.string().min(1),
  secret: z.string().min(1),
  /** Its client ID at an MCP server, by the server's issuer. */
  knownAs: z.record(z.string(), z.string()),
});

/** An MCP client that the company has registered for single sign-on. */
export type SsoClient = z.infer<typeof ssoClient>;

/** An MCP server that the company lets its clients use. */
export type EnterpriseServer = { issuer: string; resource: string };

export type IdentityProviderServer = {
  issuer: string;
  jwksUri: string;
  /** Change them at any time. */
  employees: Employee[];
  clients: SsoClient[];
  servers: EnterpriseServer[];
  close(): Promise<void>;
};

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const idJagType = 'urn:ietf:params:oauth:token-type:id-jag';
const idTokenType = 'urn:ietf:params:oauth:token-type:id_token';
const lifetimeSeconds = 300;

type Reply = { status: number; body: object };

const refusal = (status: number, error: string, error_description: string): Reply => ({
  status,
  body: { error, error_description },
});

/** Starts an identity provider with one employee and nothing else: register clients and servers in its lists. */
export async function startIdentityProvider(port = 0): Promise<IdentityProviderServer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const kid = randomUUID();
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] };
  const employees: Employee[] = [
    {
      id: 'E1001',
      email: 'ada@acme.example',
      password: 'ada',
      name: 'Ada',
      scopes: ['mcp:read', 'mcp:write'],
    },
  ];
  const clients: SsoClient[] = [];
  const servers: EnterpriseServer[] = [];
  let issuer = '';

  const sign = (type: string, claims: Record<string, unknown>) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid, typ: type })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds} s`)
      .sign(privateKey);

  async function signIn(form: URLSearchParams, client: SsoClient): Promise<Reply> {
    const employee = employees.find(({ email }) => email === form.get('username'));
    if (!employee || employee.password !== form.get('password'))
      return refusal(400, 'invalid_grant', 'Wrong user name or password.');
    const { id: sub, email, name } = employee;
    return { status: 200, body: { id_token: await sign('JWT', { sub, email, name, aud: client.id }) } };
  }

  async function tokenExchange(form: URLSearchParams, client: SsoClient): Promise<Reply> {
    if (form.get('grant_type') !== exchange)
      return refusal(400, 'unsupported_grant_type', 'Only token exchange.');
    if (form.get('requested_token_type') !== idJagType || form.get('subject_token_type') !== idTokenType)
      return refusal(400, 'invalid_request', 'Only an ID token for an ID-JAG.');
    const verified = await jwtVerify(form.get('subject_token') ?? '', publicKey, {
      issuer,
      audience: client.id,
      typ: 'JWT',
    }).catch(() => undefined);
    const employee = employees.find(({ id }) => id === verified?.payload.sub);
    if (!employee) return refusal(400, 'invalid_grant', 'The subject token is not valid.');
    const audience = form.get('audience');
    const resource = form.get('resource') ?? undefined;
    const server = servers.find((each) => each.issuer === audience);
    const clientId = server && client.knownAs[server.issuer];
    if (!server || !clientId || (resource !== undefined && resource !== server.resource))
      return refusal(400, 'invalid_target', 'The company does not allow this client to use this server.');
    const asked = form.get('scope')?.split(' ').filter(Boolean);
    const scope = employee.scopes.filter((each) => asked?.includes(each) ?? true).join(' ');
    if (!scope) return refusal(400, 'invalid_scope', 'The company allows this user none of these scopes.');
    const { id: sub, email } = employee;
    const claims = { sub, email, aud: server.issuer, client_id: clientId, jti: randomUUID(), scope };
    const idJag = await sign('oauth-id-jag+jwt', { ...claims, ...(resource !== undefined && { resource }) });
    return {
      status: 200,
      body: {
        issued_token_type: idJagType,
        access_token: idJag,
        token_type: 'N_A',
        scope,
        expires_in: lifetimeSeconds,
      },
    };
  }

  function register(json: string): Reply {
    let client: unknown;
    try {
      client = JSON.parse(json);
    } catch {
      // Refused below.
    }
    const parsed = ssoClient.safeParse(client);
    if (!parsed.success) return refusal(400, 'invalid_request', 'Needed are id, secret and knownAs.');
    clients.push(parsed.data);
    return { status: 201, body: { id: parsed.data.id } };
  }

  async function answer(request: IncomingMessage): Promise<Reply> {
    const { pathname } = new URL(request.url ?? '/', issuer);
    if (request.method === 'GET' && pathname === '/jwks.json') return { status: 200, body: jwks };
    if (request.method === 'GET' && pathname === '/.well-known/openid-configuration')
      return {
        status: 200,
        body: {
          issuer,
          jwks_uri: `${issuer}/jwks.json`,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['ES256'],
          grant_types_supported: [exchange],
        },
      };
    if (request.method === 'POST' && pathname === '/clients') return register(await text(request));
    const handle =
      request.method === 'POST' ? { '/token': tokenExchange, '/sign-in': signIn }[pathname] : undefined;
    if (!handle) return refusal(404, 'not_found', 'Nothing is here.');
    const form = new URLSearchParams(await text(request));
    const [id, secret] = credentialsOf(request.headers.authorization, form);
    const client = clients.find((each) => each.id === id && each.secret === secret);
    return client
      ? handle(form, client)
      : refusal(401, 'invalid_client', 'The client is not registered here.');
  }

  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request);
    response
      .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      .end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { issuer, jwksUri: `${issuer}/jwks.json`, employees, clients, servers, close };
}

function credentialsOf(header: string | undefined, form: URLSearchParams): (string | null | undefined)[] {
  if (!header?.startsWith('Basic ')) return [form.get('client_id'), form.get('client_secret')];
  const [id = '', ...rest] = Buffer.from(header.slice('Basic '.length), 'base64').toString('utf8').split(':');
  return [decodeURIComponent(id), decodeURIComponent(rest.join(':'))];
}
