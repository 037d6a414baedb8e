import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Stack } from '../../dev/stack.ts';
import type { ClientAuthMethod } from '../../lib/oauth/client/client.ts';
import { signIn } from '../support/browser-user.ts';
import {
  type Answer,
  call,
  initialize,
  modern,
  type Post,
  readAnswer,
  request,
} from '../support/mcp-request.ts';
import { pkce, type Tokens } from '../support/oauth-client.ts';
import type { ClientRow, Registration, ServerMetadata } from './client-table.ts';

type Discovered = ServerMetadata & { scope: string };

type Credentials = { client_id: string; client_secret?: string; authentication: ClientAuthMethod };

/** A client that does what its row says, and checks on the way what the real one would insist on. */
export function replayedClient(row: ClientRow, stack: Stack) {
  const { serverUrl, mcpUrl } = stack;
  const oauthAgent = { 'user-agent': row.userAgent.oauth };

  const getJson = async (url: string) => {
    const response = await fetch(url, { headers: { accept: 'application/json', ...oauthAgent } });
    expect([url, response.status]).toEqual([url, 200]);
    return response.json();
  };

  const mcp =
    (token?: string): Post =>
    async (body, headers = {}) =>
      readAnswer(
        await fetch(mcpUrl, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            'user-agent': row.userAgent.mcp,
            ...(token && { authorization: `Bearer ${token}` }),
            ...headers,
          },
          body: JSON.stringify(body),
        }),
      );

  /** From nothing but the URL to the endpoints and the scopes to ask for. */
  async function discover(): Promise<Discovered> {
    const refused = await mcp()(initialize());
    expect(refused.status).toBe(401);
    if (row.discovery === 'none') return { ...rootPaths(serverUrl), scope: '' };

    const parameters = challengeOf(refused.headers);
    const resource = await getJson(
      row.discovery === 'challenge' || row.discovery === 'ignored'
        ? (parameters.resource_metadata ?? '')
        : `${serverUrl}/.well-known/oauth-protected-resource/mcp`,
    );
    expect(resource.resource).toBe(mcpUrl);
    const [issuer] = resource.authorization_servers;
    const document = row.discovery === 'openid' ? 'openid-configuration' : 'oauth-authorization-server';
    const server: ServerMetadata = await getJson(`${issuer}/.well-known/${document}`);
    // Byte for byte, as RFC 8414 section 3.3 has it.
    expect(server.issuer).toBe(issuer);
    const scopes = (parameters.scope ?? resource.scopes_supported.join(' ')).split(' ');
    if (server.scopes_supported?.includes('offline_access')) scopes.push('offline_access');
    const endpoints = row.discovery === 'ignored' ? rootPaths(serverUrl) : server;
    return { ...server, ...endpoints, scope: scopes.join(' ') };
  }

  async function identify(server: Discovered): Promise<Credentials> {
    const { identity } = row;
    if (identity.by === 'document') {
      expect(identity.offered(server)).toBe(true);
      return { client_id: identity.url, authentication: 'none' };
    }
    const times = identity.by === 'registration' ? (identity.times ?? 1) : 1;
    const answers = [];
    for (let time = 0; time < times; time++) answers.push(await register(server, identity.body));
    expect(new Set(answers.map(({ client_id }) => client_id)).size).toBe(1);
    const [first] = answers;
    if (!first) throw new Error('not registered');
    return first;
  }

  async function register(server: Discovered, body: Registration): Promise<Credentials> {
    const response = await fetch(server.registration_endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...oauthAgent },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    expect([response.status, answer]).toMatchObject([201, { client_id: expect.any(String) }]);
    const authentication = body.token_endpoint_auth_method ?? 'client_secret_basic';
    expect(answer.token_endpoint_auth_method).toBe(authentication);
    expect(answer.redirect_uris).toEqual(body.redirect_uris);
    expect(typeof answer.client_secret).toBe(authentication === 'none' ? 'undefined' : 'string');
    return { client_id: answer.client_id, client_secret: answer.client_secret, authentication };
  }

  const resource = row.resource && { resource: row.resource(serverUrl) };

  /** Through the browser to the tokens. */
  async function connect(server: Discovered, credentials: Credentials): Promise<Tokens> {
    const { verifier, challenge } = pkce();
    const state = randomBytes(24).toString('base64url');
    const authorization = new URL(server.authorization_endpoint);
    authorization.search = new URLSearchParams({
      response_type: 'code',
      client_id: credentials.client_id,
      redirect_uri: row.redirectUri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      state,
      ...(server.scope && { scope: server.scope }),
      ...resource,
      ...row.extra,
    }).toString();
    const callback = await signIn(authorization);
    const { searchParams } = callback;
    expect(callback.href.startsWith(`${row.redirectUri}?`)).toBe(true);
    expect([searchParams.get('state'), searchParams.get('iss')]).toEqual([state, server.issuer]);

    const response = await post(server.token_endpoint, credentials, {
      grant_type: 'authorization_code',
      code: searchParams.get('code') ?? '',
      redirect_uri: row.redirectUri,
      code_verifier: verifier,
      ...resource,
    });
    const tokens = await response.json();
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) });
    expect(tokens).not.toHaveProperty('id_token');
    return tokens;
  }

  /** A form with the client's authentication, at one instance if it matters which. */
  function post(
    url: string,
    { client_id, client_secret = '', authentication }: Credentials,
    fields: Record<string, string>,
    instance?: number,
  ): Promise<Response> {
    const basic = Buffer.from(`${client_id}:${client_secret}`).toString('base64');
    const headers: Record<string, string> = { ...oauthAgent };
    if (authentication === 'client_secret_basic') headers.authorization = `Basic ${basic}`;
    if (instance !== undefined) headers['x-local-instance'] = String(instance);
    const body = new URLSearchParams({
      ...fields,
      ...(authentication !== 'client_secret_basic' && { client_id }),
      ...(authentication === 'client_secret_post' && { client_secret }),
    });
    return fetch(url, { method: 'POST', headers, body });
  }

  function refresh(server: Discovered, credentials: Credentials, token = '', instance?: number) {
    const fields = { grant_type: 'refresh_token', refresh_token: token, ...resource };
    return post(server.token_endpoint, credentials, fields, instance);
  }

  function revoke(server: Discovered, credentials: Credentials, token = '') {
    return post(server.revocation_endpoint ?? '', credentials, { token, token_type_hint: 'refresh_token' });
  }

  /** `whoami`, called in the client's own era. */
  async function whoami(token: string): Promise<unknown> {
    const post = mcp(token);
    const stale = row.staleVersionHeader && { 'mcp-protocol-version': '2025-11-25' };
    const send = ([body, headers]: ReturnType<typeof modern>) => post(body, { ...headers, ...stale });
    const discovered = row.era === 'legacy' ? undefined : await send(modern('server/discover'));
    if (row.era === 'modern') expect(discovered?.status).toBe(200);
    const answer = discovered?.last.result
      ? await send(modern('tools/call', { name: 'whoami', arguments: {} }))
      : await callInSession(post);
    expect([answer.status, answer.last.error]).toEqual([200, undefined]);
    return answer.last.result?.structuredContent;
  }

  async function callInSession(post: Post): Promise<Answer> {
    const opened = await post(initialize());
    const session = opened.headers.get('mcp-session-id');
    expect([opened.status, opened.last.result?.protocolVersion]).toEqual([200, '2025-11-25']);
    const headers = {
      'mcp-protocol-version': '2025-11-25',
      ...(row.keepsSession && session && { 'mcp-session-id': session }),
    };
    const ready = await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
    expect(ready.status).toBe(202);
    expect((await post(request('tools/list'), headers)).last.result?.tools).toBeTruthy();
    return post(call('whoami'), headers);
  }

  return { discover, identify, connect, refresh, revoke, whoami };
}

/** The endpoints of a server without metadata (MCP 2025-03-26, "Fallbacks for Servers without Metadata Discovery"). */
function rootPaths(origin: string): ServerMetadata {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    revocation_endpoint: `${origin}/revoke`,
  };
}

function challengeOf(headers: Headers): Record<string, string | undefined> {
  const challenge = headers.get('www-authenticate') ?? '';
  return Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
}
