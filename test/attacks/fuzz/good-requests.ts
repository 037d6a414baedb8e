import { randomUUID } from 'node:crypto';
import { newAccountLink } from '../../../lib/access-token/account-link.ts';
import { type Grant, sealAccessToken } from '../../../lib/access-token/grant.ts';
import { userHash } from '../../../lib/access-token/principal.ts';
import type { SignInConfig } from '../../../lib/config.ts';
import { keepAccountToken } from '../../../lib/connections/accounts/token.ts';
import { newSession, startSession } from '../../../lib/connections/session.ts';
import { sealCode } from '../../../lib/oauth/authorization/authorization-code.ts';
import { sealRefreshToken } from '../../../lib/oauth/token/refresh-token.ts';
import { grantIn } from '../../support/access-token.ts';
import { browserUser, readForm } from '../../support/browser-user.ts';
import { configOf } from '../../support/config.ts';
import { call, initialize, modern, poster, request } from '../../support/mcp-request.ts';
import { oauthClient, redirectUri } from '../../support/oauth-client.ts';
import type { TestStack } from '../../support/stack.ts';
import { approve, openConsent, untilCallback } from '../steps.ts';
import type { Draft } from './draft.ts';

type Pairs = [string, string][];

const pairsOf = (record: Record<string, string>): Pairs => Object.entries(record);
const accept = 'application/json, text/event-stream';

/** What a real client and a real browser hold after a sign-in, and correct requests made of it. */
export async function collectGoodRequests(stack: TestStack): Promise<() => Draft[]> {
  const config = configOf(stack.env);
  const client = oauthClient(stack.serverUrl);
  const clientId = await client.register();
  const tokens = await client.tokens(clientId);
  const grant = grantIn(stack, tokens.access_token);
  const session = await poster(stack, tokens.access_token)(initialize());
  const sessionId = session.headers.get('mcp-session-id') ?? '';

  const browser = browserUser();
  const { form } = await openConsent(browser, client.authorizationUrl(clientId));
  const callback = await untilCallback(browser, await approve(browser, client.authorizationUrl(clientId)));
  const jar = browser.cookies.get(new URL(stack.serverUrl).host) ?? new Map<string, string>();
  const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
  const page = await connectionsCookie(config, stack.serverUrl, grant.subject);
  const link = await linkFor(config, grant);
  const asked = readForm(await (await fetch(link, { headers: { cookie: page } })).text());
  const shown = await fetch(`${stack.serverUrl}/connections`, { headers: { cookie: page } });
  const disconnect = readForm(await shown.text());
  const sameOrigin = { origin: stack.serverUrl, 'sec-fetch-site': 'same-origin' };

  const mcp = (token: string, body: unknown, headers: Record<string, string> = {}): Draft => ({
    endpoint: 'mcp',
    method: 'POST',
    path: '/mcp',
    query: [],
    headers: pairsOf({ authorization: `Bearer ${token}`, accept, ...headers }),
    body: { kind: 'json', value: body },
  });
  const legacy = { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' };
  const modernCall = (token: string, method: string, params: Record<string, unknown> = {}) =>
    mcp(token, ...modern(method, params));
  const get = (endpoint: string, path: string, query: Pairs = [], headers: Pairs = []): Draft => ({
    ...{ endpoint, method: 'GET', path, query, headers },
    body: { kind: 'none' },
  });
  const form_ = (endpoint: string, path: string, fields: Record<string, string>, headers = {}): Draft => ({
    ...{ endpoint, method: 'POST', path, query: [], headers: pairsOf(headers) },
    body: { kind: 'form', fields: pairsOf(fields) },
  });

  return () => {
    // Anew each time: a revocation or a replayed code ends the grant of what was sent.
    const own = fresh(config, grant, client.challenge);
    const { access, refresh, code } = own;
    const authorization = new URL(client.authorizationUrl(clientId));
    return [
      get('authorize', '/authorize', [...authorization.searchParams], [['cookie', cookie]]),
      form_(
        'authorize',
        '/authorize',
        { ...Object.fromEntries(form.fields), decision: 'approve' },
        { ...sameOrigin, cookie },
      ),
      get('callback', '/callback', [...callback.searchParams], [['cookie', cookie]]),
      get('connections', '/connections', [], [['cookie', page]]),
      form_('connections', '/connections', Object.fromEntries(disconnect?.fields ?? []), {
        ...sameOrigin,
        cookie: page,
      }),
      get('connections', '/connections/accounts', [...new URL(link).searchParams], [['cookie', page]]),
      form_(
        'connections',
        '/connections/accounts',
        { ...Object.fromEntries(asked?.fields ?? []), decision: 'connect' },
        { ...sameOrigin, cookie: page },
      ),
      form_('oauth/token', '/oauth/token', {
        grant_type: 'authorization_code',
        client_id: clientId,
        code,
        redirect_uri: redirectUri,
        code_verifier: client.verifier,
        resource: `${stack.serverUrl}/mcp`,
      }),
      form_('oauth/token', '/oauth/token', {
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: refresh,
        scope: 'mcp:read',
      }),
      form_('oauth/revoke', '/oauth/revoke', {
        client_id: clientId,
        token: refresh,
        token_type_hint: 'refresh_token',
      }),
      {
        ...{ endpoint: 'register', method: 'POST', path: '/register', query: [], headers: [] },
        body: {
          kind: 'json',
          value: {
            client_name: 'Test client',
            redirect_uris: [redirectUri, 'http://127.0.0.1/callback'],
            token_endpoint_auth_method: 'none',
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code'],
            application_type: 'web',
            scope: 'mcp:read',
            contacts: ['a@example.com'],
          },
        },
      },
      {
        ...get('register', `/register/${clientId}`, [], [['authorization', `Bearer ${access}`]]),
        method: 'DELETE',
      },
      get('well-known/oauth-authorization-server', '/.well-known/oauth-authorization-server'),
      get('well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'),
      get('health', '/health', [], [['authorization', 'Bearer nobody']]),
      get('landing', '/', [], [['accept', 'text/html']]),
      get('cron/prune-clients', '/api/cron/prune-clients', [['dry_run', '1']]),
      mcp(access, initialize()),
      mcp(access, call('add_note', { title: 'Fuzz', text: 'x' }), legacy),
      mcp(access, call('delete_note', { id: 'x', confirm: true }), legacy),
      mcp(access, call('whoami'), legacy),
      mcp(access, request('resources/read', { uri: 'note://x' }), legacy),
      mcp(access, request('prompts/get', { name: 'summarize_notes', arguments: {} }), legacy),
      mcp(
        access,
        { jsonrpc: '2.0', id: `${'A'.repeat(22)}.0`, result: { action: 'accept', content: {} } },
        legacy,
      ),
      mcp(
        access,
        { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1, reason: 'x' } },
        legacy,
      ),
      mcp(access, [request('ping'), request('tools/list')], {
        ...legacy,
        'mcp-protocol-version': '2025-03-26',
      }),
      mcp(access, request('logging/setLevel', { level: 'debug' }), legacy),
      get(
        'mcp',
        '/mcp',
        [],
        pairsOf({ authorization: `Bearer ${access}`, accept, 'last-event-id': 'x.1.x', ...legacy }),
      ),
      {
        ...mcp(access, undefined, { ...legacy, 'mcp-session-id': 'x' }),
        method: 'DELETE',
        body: { kind: 'none' },
      },
      modernCall(access, 'tools/call', { name: 'search_notes', arguments: { query: 'x' } }),
      modernCall(access, 'tools/call', { name: 'upcoming_events', arguments: { count: 3 } }),
      modernCall(access, 'tools/call', {
        name: 'delete_note',
        arguments: { id: 'x' },
        requestState: refresh,
        inputResponses: { confirm: { action: 'accept', content: { delete: true } } },
      }),
      modernCall(access, 'completion/complete', {
        ref: { type: 'ref/resource', uri: 'note://{id}' },
        argument: { name: 'id', value: '' },
      }),
      modernCall(access, 'server/discover'),
    ];
  };
}

/** A link with which the user of a grant can connect an account. */
function linkFor(config: SignInConfig, grant: Grant): Promise<string> {
  const { id: grantId, clientId, signedInAtSeconds, subject, origin } = grant;
  const user = userHash({ issuer: config.oauth.issuer, subject });
  const connection = 'google-oauth2';
  return newAccountLink(config, {
    user,
    grantId,
    clientId,
    signedInAtSeconds,
    connection,
    scopes: [],
    origin,
  });
}

async function connectionsCookie(config: SignInConfig, origin: string, subject: string): Promise<string> {
  const context = { config, origin, url: new URL(origin), requestId: 'fuzz' };
  const session = newSession(context, { subject, name: 'Demo' });
  await keepAccountToken(config, session, { token: 'my account', expiresInSeconds: 3600 });
  return startSession(context, session).split(';')[0] ?? '';
}

/** Tokens and a code of a grant that no other request uses. */
function fresh(config: SignInConfig, grant: Grant, codeChallenge: string) {
  const own: Grant = { ...grant, id: randomUUID() };
  return {
    access: sealAccessToken(config, own, 3600),
    refresh: sealRefreshToken(config, { grant: own, generation: 0 }),
    code: sealCode(config, {
      id: randomUUID(),
      grant: own,
      redirectUri,
      redirectUriSent: true,
      codeChallenge,
    }),
  };
}
