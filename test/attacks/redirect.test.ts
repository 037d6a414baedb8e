import { beforeAll, describe, expect, it } from 'vitest';
import { wellKnownClients } from '../../lib/oauth/client/document/well-known.ts';
import { browserUser } from '../support/browser-user.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { sendRaw } from './raw-request.ts';
import { linkOf, locationOf, openConsent } from './steps.ts';

const loopback = 'http://localhost:8080/callback';
const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;
let loopbackId: string;
let cursorId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  loopbackId = await client.register({ redirect_uris: [loopback] });
  cursorId = await client.register({ redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'] });
});

const authorize = (changes: Record<string, string | undefined>) =>
  fetch(client.authorizationUrl(clientId, changes), { redirect: 'manual' });

const register = (redirect_uris: unknown) =>
  fetch(`${stack().serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Evil', token_endpoint_auth_method: 'none', redirect_uris }),
  });

describe('a client of the attacker, with a redirect URI of its own (RFC 9700 4.11.2)', () => {
  const evil = 'https://evil.example/callback?page=phishing';
  let evilId: string;
  beforeAll(async () => {
    evilId = await client.register({ client_name: 'Evil', redirect_uris: [evil] });
  });
  const url = (changes: Record<string, string | undefined>) =>
    client.authorizationUrl(evilId, { redirect_uri: evil, ...changes });

  it.each<[string, Record<string, string | undefined>]>([
    ['prompt=none', { prompt: 'none' }],
    ['a wrong response type', { response_type: 'token' }],
    ['no challenge', { code_challenge: undefined }],
    ['a foreign resource', { resource: 'https://other.example' }],
    ['a request object', { request: 'x' }],
    ['a state without end', { state: 'x'.repeat(2000) }],
  ])('gets nobody sent there by %s: a page names the host and links to it', async (_, changes) => {
    const victim = browserUser();
    await victim.signIn(client.authorizationUrl(clientId));
    const response = await victim.visit(url(changes));
    expect([response.status, locationOf(response), response.headers.get('refresh')]).toEqual([400, '', null]);
    const page = await response.clone().text();
    expect(page).toContain('evil.example');
    expect(page).not.toMatch(/http-equiv="?refresh|<script/i);
    expect((await linkOf(response)).host).toBe('evil.example');
  });

  it('gets nobody sent there by a denial', async () => {
    const { decide } = await openConsent(browserUser(), url({}));
    const response = await decide('deny');
    expect([response.status, locationOf(response)]).toEqual([200, '']);
    expect((await linkOf(response)).searchParams.get('error')).toBe('access_denied');
  });

  it('that calls itself as a well-known client does is not trusted for it', async () => {
    const [[, document] = []] = wellKnownClients;
    const id = await client.register({ client_name: document?.client_name ?? '', redirect_uris: [evil] });
    const response = await fetch(client.authorizationUrl(id, { redirect_uri: evil, prompt: 'none' }), {
      redirect: 'manual',
    });
    expect([response.status, locationOf(response)]).toEqual([400, '']);
  });

  it('is answered by redirect once the user has approved it in this browser, and in no other', async () => {
    const victim = browserUser();
    await victim.signIn(url({}));
    const changes = { prompt: 'none', scope: 'mcp:admin' };
    expect(locationOf(await victim.visit(url(changes)))).toContain('error=consent_required');
    expect(locationOf(await browserUser().visit(url(changes)))).toBe('');
  });
});

describe('open redirect', () => {
  it.each([
    'https://evil.example/callback',
    '//evil.example/callback',
    'https://client.example.com.evil.example/callback',
    'https://client.example.com@evil.example/callback',
    'https://evil.example#https://client.example.com/callback',
    'https://evil.example\\@client.example.com/callback',
    'https://client.example.com:8443/callback',
    'https://client.example.com/callback/../../evil',
    'https://client.example.com/callback/',
    'https://client.example.com/callback?next=https://evil.example',
    'https://client.example.com/callback#fragment',
    'https://client.example.com/callback%0d%0a',
    'https://client.example.com/callback\u0000',
    'https://CLIENT.example.com/callback',
    'javascript:alert(1)//https://client.example.com/callback',
    'data:text/html,<script>alert(1)</script>',
  ])(
    'to %s: neither a good request nor a bad one, nor a denial, is redirected there',
    async (redirect_uri) => {
      for (const changes of [{}, { scope: undefined, response_type: 'token' }, { prompt: 'none' }]) {
        const response = await authorize({ redirect_uri, ...changes });
        expect([response.status, locationOf(response)]).toEqual([400, '']);
      }
    },
  );

  it.each([
    ['another port of the loopback address', 'http://localhost:1/callback', 200],
    ['its other name', 'http://127.0.0.1:8080/callback', 400],
    ['a host that begins alike', 'http://localhost.evil.example:8080/callback', 400],
    ['a user name that looks alike', 'http://localhost:8080@evil.example/callback', 400],
    ['a port with more behind it', 'http://localhost:80@evil.example/callback', 400],
    ['an impossible port', 'http://localhost:99999/callback', 400],
    ['another path', 'http://localhost:8080/callback/x', 400],
    ['https', 'https://localhost:8080/callback', 400],
  ])('a client on the loopback address asking for %s', async (_, redirect_uri, status) => {
    const response = await authorize({ client_id: loopbackId, redirect_uri });
    expect([response.status, locationOf(response)]).toEqual([status, '']);
  });

  it.each([
    'cursor://evil/oauth/callback',
    'cursor://anysphere.cursor-mcp.evil/oauth/callback',
    'cursor://anysphere.cursor-mcp/other',
    'cursor:/oauth/callback',
  ])("an app's own scheme leads to that app's one address and not to %s", async (redirect_uri) => {
    expect((await authorize({ client_id: cursorId, redirect_uri })).status).toBe(400);
  });

  it('nothing that is asked of the callback makes it a redirector', async () => {
    const query = 'redirect_uri=https://evil.example&returnTo=https://evil.example&state=x&code=y&error=z';
    const response = await fetch(`${stack().serverUrl}/callback?${query}`, { redirect: 'manual' });
    expect([response.status, locationOf(response)]).toEqual([400, '']);
    expect(await response.text()).not.toContain('evil.example');
  });
});

describe('a redirect URI that no client may register', () => {
  it.each([
    'javascript:alert(document.domain)',
    'JAVASCRIPT:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'blob:https://client.example.com/x',
    'intent://scan/#Intent;scheme=zxing;end',
    'view-source:https://client.example.com',
    'mailto:a@example.com',
    'ms-word:ofe|u|https://evil.example',
    'myapp://callback',
    'com.example.app:/callback',
    'cursor://evil/callback',
    'http://client.example.com/callback',
    'http://localhost.evil.example/callback',
    'http://127.0.0.1.nip.io/callback',
    'http://0.0.0.0/callback',
    'http://[::ffff:127.0.0.1]/callback',
    'http://2130706433/callback',
    'https://user:password@client.example.com/callback',
    'https://@client.example.com/callback',
    'https:client.example.com/callback',
    'https:///client.example.com/callback',
    'https://client.example.com/callback#fragment',
    'https://client.example.com/\r\nSet-Cookie: a=b',
    'https://client.example.com\\@evil.example/',
    'https://client.ex\u00e4mple.com/callback',
    'https://client.example.com/\u202ecallback',
    `https://client.example.com/${'a'.repeat(300)}`,
    '*',
    '',
  ])('%s', async (uri) => {
    const response = await register([redirectUri, uri]);
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_redirect_uri',
    ]);
  });

  it('this server itself, which would send codes round in a circle', async () => {
    for (const path of ['/callback', '/authorize', '/mcp'])
      expect((await register([stack().serverUrl + path])).status).toBe(400);
  });
});

describe('header injection', () => {
  const payloads = [
    '\r\nSet-Cookie: sign-in=x',
    '\nLocation: https://evil.example',
    '%0d%0aX-Evil: 1',
    '\u560a\u560dX-Evil: 1',
  ];

  it.each(payloads)('a state of %j comes back as it was, inside the URL', async (state) => {
    const browser = browserUser();
    await browser.signIn(client.authorizationUrl(clientId));
    const changes = { state, prompt: 'none', scope: 'mcp:admin' };
    const redirected = await browser.visit(client.authorizationUrl(clientId, changes));
    expect(redirected.status).toBe(302);
    const page = await authorize(changes);
    expect(page.status).toBe(400);
    for (const response of [redirected, page]) {
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(response.headers.get('x-evil')).toBeNull();
    }
    for (const answer of [new URL(locationOf(redirected)), await linkOf(page)]) {
      expect(answer.origin + answer.pathname).toBe(redirectUri);
      expect(answer.searchParams.get('state')).toBe(state);
    }
  });

  it.each(payloads)('a state of %j writes nothing on the page that links to it', async (state) => {
    const page = await (await authorize({ state: `"><script>${state}</script>`, prompt: 'none' })).text();
    expect(page).not.toMatch(/<script/i);
  });

  it.each(payloads)('%j in any parameter adds no header to a refusal or a challenge', async (payload) => {
    const query = ['client_id', 'redirect_uri', 'scope', 'resource', 'error', 'code']
      .map((name) => `${name}=${encodeURIComponent(payload)}`)
      .join('&');
    for (const path of ['/authorize', '/callback', '/mcp', '/.well-known/oauth-protected-resource/mcp']) {
      const { headers } = await fetch(`${stack().serverUrl}${path}?${query}`, { redirect: 'manual' });
      expect(headers.get('x-evil')).toBeNull();
      expect([...headers].join()).not.toContain('evil');
    }
  });

  it('a bare line feed in a header is refused by HTTP itself', async () => {
    const reply = await sendRaw(stack().serverUrl, ['GET /mcp HTTP/1.1', 'Host: localhost\nX-Evil: 1']);
    expect(reply.headers.get('x-evil')).toBeNull();
  });
});
