import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatLine } from '../../dev/request-line.ts';
import { tunnelProblem } from '../../dev/tunnel.ts';
import { accessToken } from '../support/access-token.ts';
import { demoUser } from '../support/browser-user.ts';
import { useChromium } from '../support/chromium.ts';
import { clientProvider } from '../support/client-provider.ts';
import { eventually } from '../support/eventually.ts';
import { modern, readAnswer } from '../support/mcp-request.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { startTunnel, type Tunnel } from '../support/tunnel.ts';

const publicOrigin = 'https://notes-demo.trycloudflare.com';
const publicHost = new URL(publicOrigin).host;
const printed: string[] = [];
const stack = useStack({ publicOrigin, onPrint: (line) => printed.push(line) });

let tunnel: Tunnel;
beforeAll(async () => {
  tunnel = await startTunnel(publicOrigin, stack().serverUrl);
});
afterAll(() => tunnel?.close());

/** A browser for which the public host leads to the tunnel, while localhost is this machine. */
const newPage = useChromium(() => [`--host-resolver-rules=MAP ${publicHost} 127.0.0.1:${tunnel.port}`]);

/** Signs in as a person does, in a real browser, up to the request that goes back to the client. */
async function signIn(page: Page, authorization: URL): Promise<URL> {
  const target = authorization.searchParams.get('redirect_uri') ?? '';
  await page.route(`${target}**`, (route) => route.fulfill({ body: 'You may close this window.' }));
  await page.goto(authorization.href);
  expect(new URL(page.url()).origin).toBe(publicOrigin);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByLabel('Email address').fill(demoUser.email);
  expect(new URL(page.url()).origin).toBe(stack().tenant.origin);
  await page.getByLabel('Password').fill(demoUser.password);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.waitForURL((url) => url.href.startsWith(target));
  return new URL(page.url());
}

describe('a hosted assistant that knows only the tunnel', () => {
  it.each(['legacy', { pin: '2026-07-28' }] as const)(
    '%j: discovers, registers, signs its user in in a browser, and calls a tool',
    async (mode) => {
      const requested: string[] = [];
      const fetch: typeof globalThis.fetch = (input, init) => {
        requested.push(new URL(new Request(input, init).url).origin);
        return tunnel.fetch(input, init);
      };
      const provider = clientProvider('Hosted assistant');
      const authProvider = provider as unknown as OAuthClientProvider;
      const transport = () =>
        new StreamableHTTPClientTransport(new URL(`${publicOrigin}/mcp`), { authProvider, fetch });
      const client = () =>
        new Client({ name: 'hosted', version: '1' }, { capabilities: {}, versionNegotiation: { mode } });

      await expect(client().connect(transport())).rejects.toThrow();
      const page = await newPage({ ignoreHTTPSErrors: true });
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (/Content Security Policy|Mixed|insecure/i.test(message.text())) complaints.push(message.text());
      });
      const callback = await signIn(page, provider.takeAuthorization());
      expect(callback.searchParams.get('iss')).toBe(publicOrigin);
      await transport().finishAuth(callback.searchParams);

      const connected = client();
      await connected.connect(transport());
      const { content } = await connected.callTool({ name: 'whoami', arguments: {} });
      expect(JSON.stringify(content)).toContain(demoUser.email);
      await connected.close();

      expect(new Set(requested)).toEqual(new Set([publicOrigin]));
      expect(complaints).toEqual([]);

      const { access_token, refresh_token } = provider.requireTokens();
      const shown = () => stack().lines.map((line) => formatLine(line, false));
      await eventually(() =>
        expect(shown()).toContainEqual(expect.stringMatching(/POST +\/mcp tools\/call whoami +200/)),
      );
      for (const path of [
        'POST    /register ',
        'GET     /authorize ',
        'GET     /callback ',
        'POST    /oauth/token ',
      ])
        expect(shown()).toContainEqual(expect.stringContaining(path));
      const log = [...shown(), ...printed].join('\n');
      for (const secret of [access_token, refresh_token, callback.searchParams.get('code')]) {
        expect(secret).toBeTruthy();
        expect(log).not.toContain(secret);
      }
    },
  );

  it('is given the public URL alone, whatever the request claims about itself', async () => {
    const liar = await startTunnel(publicOrigin, stack().serverUrl, {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example;proto=http',
      'x-original-host': 'evil.example',
    });
    for (const path of [
      '/.well-known/oauth-protected-resource/mcp',
      '/.well-known/oauth-authorization-server',
      '/health',
    ]) {
      const text = await (await liar.fetch(publicOrigin + path)).text();
      expect(text).toContain(publicOrigin);
      expect(text).not.toMatch(/evil\.example|localhost/);
    }
    const { headers } = await liar.fetch(`${publicOrigin}/mcp`, { method: 'POST' });
    expect(headers.get('www-authenticate')).toContain(
      `${publicOrigin}/.well-known/oauth-protected-resource/mcp`,
    );
    await liar.close();
  });

  it('gets cookies that only https carries', async () => {
    const client = oauthClient(publicOrigin);
    const registered = await tunnel.fetch(`${publicOrigin}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }),
    });
    const { client_id } = (await registered.json()) as { client_id: string };
    const page = await tunnel.fetch(client.authorizationUrl(client_id));
    expect(page.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-.*; Secure$/)]);
  });

  it('is offered the links that lead to Claude and ChatGPT, since it can reach the server', async () => {
    const page = await (await tunnel.fetch(publicOrigin, { headers: { accept: 'text/html' } })).text();
    expect(page).toContain(encodeURIComponent(`${publicOrigin}/mcp`));
    expect(page).toContain('Add to Claude');
  });
});

describe('a server that a tunnel leads to', () => {
  it('still serves clients on this machine at localhost', async () => {
    const client = oauthClient(stack().serverUrl);
    const { access_token } = await client.tokens(await client.register());
    const [body, headers] = modern('tools/list');
    const response = await fetch(stack().mcpUrl, {
      method: 'POST',
      headers: {
        ...headers,
        authorization: `Bearer ${access_token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(body),
    });
    expect((await readAnswer(response)).status).toBe(200);
  });

  it('keeps tenant and store to this machine', async () => {
    for (const path of ['/u/login', '/api/v2/clients', '/_local/users', '/pipeline'])
      expect((await tunnel.fetch(publicOrigin + path)).status).toBe(404);
  });

  it('accepts nothing that is sealed with the secrets in local.env, which are published with the template', async () => {
    const { SEALING_SECRET, CRON_SECRET, ...published } = stack().env;
    expect(SEALING_SECRET).toMatch(/^[\w-]{43}$/);
    expect(CRON_SECRET).toMatch(/^[\w-]{43}$/);
    const statusWith = async (token: string) => {
      const [body, headers] = modern('tools/list');
      const init = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
      const response = await tunnel.fetch(`${publicOrigin}/mcp`, {
        method: 'POST',
        headers: { ...headers, ...init, authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
      return response.status;
    };
    const { tenant, env } = stack();
    expect(await statusWith(await accessToken({ tenant, env }))).toBe(200);
    expect(await statusWith(await accessToken({ tenant, env: published }))).toBe(401);
    const health = await tunnel.fetch(`${publicOrigin}/health`, {
      headers: { authorization: 'Bearer local-cron-secret' },
    });
    expect(await health.json()).not.toHaveProperty('details');
  });
});

describe('npm start says whether the tunnel works', () => {
  it('and nothing if it leads here', async () => {
    expect(await tunnelProblem(publicOrigin, stack().port, tunnel.fetch)).toBeUndefined();
  });

  it('and which command to run if it leads nowhere', async () => {
    const nowhere = 'https://localhost:9';
    expect(await tunnelProblem(nowhere, stack().port)).toMatch(
      `Keep this running in another terminal: cloudflared tunnel --url ${stack().serverUrl}`,
    );
  });

  it('and what to leave out if it replaces the Host header', async () => {
    const { host } = new URL(stack().serverUrl);
    const rewriting = await startTunnel(publicOrigin, stack().serverUrl, { host });
    expect(await tunnelProblem(publicOrigin, stack().port, rewriting.fetch)).toMatch(
      /replaces the Host header/,
    );
    await rewriting.close();
  });
});
