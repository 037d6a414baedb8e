import type { Reply, Route, Routes, Visit } from './fake-server.ts';

/** An access token like Auth0's, but unsigned: the fake server only compares it. */
export function fakeToken(claims: Record<string, unknown>): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'at+jwt' })}.${part({ iat: now, exp: now + 3600, ...claims })}.c2ln`;
}

/** The smallest server without findings. Tests break it one route at a time. */
export function healthyRoutes(origin: string): Routes {
  const token = fakeToken({ iss: origin, aud: `${origin}/mcp` });
  return new Map<string, Route>([
    ['POST /mcp', (visit: Visit) => (isBearer(visit, token) ? rpc(visit) : unauthorized(origin, visit))],
    ['GET /.well-known/oauth-protected-resource/mcp', { body: resourceMetadata(origin) }],
    ['GET /.well-known/oauth-authorization-server', { body: serverMetadata(origin) }],
    ['POST /register', register],
    ['GET /authorize', (visit: Visit) => authorize(origin, visit)],
    ['POST /token', (visit: Visit) => tokens(visit, token)],
    ['POST /revoke', { status: 200 }],
  ]);
}

export function resourceMetadata(origin: string, changes: Record<string, unknown> = {}) {
  return {
    resource: `${origin}/mcp`,
    authorization_servers: [origin],
    scopes_supported: ['mcp:read'],
    ...changes,
  };
}

export function serverMetadata(origin: string, changes: Record<string, unknown> = {}) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    revocation_endpoint: `${origin}/revoke`,
    scopes_supported: ['mcp:read', 'offline_access'],
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_post'],
    client_id_metadata_document_supported: true,
    authorization_response_iss_parameter_supported: true,
    ...changes,
  };
}

export function unauthorized(origin: string, { headers }: Pick<Visit, 'headers'>): Reply {
  const error = headers.authorization ? ', error="invalid_token"' : '';
  const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
  return {
    status: 401,
    headers: { 'www-authenticate': `Bearer resource_metadata="${metadata}", scope="mcp:read"${error}` },
    body: { error: 'invalid_token' },
  };
}

export function isBearer({ headers }: Visit, token: string): boolean {
  return headers.authorization === `Bearer ${token}`;
}

const tools = [{ name: 'whoami', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }];

const results: Record<string, unknown> = {
  initialize: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'fake', version: '1' } },
  'server/discover': { supportedVersions: ['2026-07-28'] },
  'tools/list': { tools },
  'tools/call': { content: [{ type: 'text', text: 'you' }] },
};

/** Answers the methods that a test server knows. `changes` replaces results; undefined removes a method. */
export function rpc({ text }: Pick<Visit, 'text'>, changes: Record<string, unknown> = {}): Reply {
  const { id, method } = JSON.parse(text);
  if (id === undefined) return { status: 202 };
  const result = { ...results, ...changes }[method];
  const answer = result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result };
  return { body: { jsonrpc: '2.0', id, ...answer } };
}

let registered = 0;

export function register({ text }: Pick<Visit, 'text'>): Reply {
  const asked = JSON.parse(text);
  const secret = asked.token_endpoint_auth_method === 'none' ? {} : { client_secret: 'a-secret-of-the-fake' };
  return { status: 201, body: { ...asked, ...secret, client_id: `client-${++registered}` } };
}

/** Redirects to the client with its state and these parameters. */
export function backToClient({ url }: Pick<Visit, 'url'>, parameters: Record<string, string>): Reply {
  const target = URL.parse(url.searchParams.get('redirect_uri') ?? '');
  if (!target) return { status: 400, body: '<p>redirect_uri is missing</p>' };
  const state = url.searchParams.get('state') ?? '';
  for (const [name, value] of Object.entries({ state, ...parameters }))
    if (value) target.searchParams.set(name, value);
  return { status: 302, headers: { location: target.href } };
}

/** A login page. `approved` in the query means that the user has signed in. */
export function authorize(iss: string, visit: Visit): Reply {
  if (visit.url.searchParams.has('approved')) return backToClient(visit, { code: 'good-code', iss });
  if (visit.url.searchParams.get('response_type') !== 'code')
    return backToClient(visit, { error: 'unsupported_response_type', iss });
  return { body: '<title>Log in</title>' };
}

export function tokens({ text }: Pick<Visit, 'text'>, accessToken: string): Reply {
  const form = new URLSearchParams(text);
  const alive = form.get('code') === 'good-code' || form.get('refresh_token') === 'first-refresh-token';
  if (!alive) return { status: 400, body: { error: 'invalid_grant' } };
  const refreshed = form.has('refresh_token');
  return {
    body: {
      access_token: accessToken,
      token_type: 'Bearer',
      refresh_token: refreshed ? 'second-refresh-token' : 'first-refresh-token',
    },
  };
}
