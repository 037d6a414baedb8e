import { describe, expect, it } from 'vitest';
import { browserUser, returnLink } from '../support/browser-user.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { sendRaw } from './raw-request.ts';
import { openConsent } from './steps.ts';

const preview = 'preview.example.com';
const stack = useStack({ env: { ALLOWED_ORIGINS: `https://${preview}` } });

const own = () => new URL(stack().serverUrl).host;

/** Everything that names an origin, as a client without a session would find it. */
const paths = [
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/mcp',
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/mcp',
  '/health',
  '/authorize',
  '/callback',
];

const get = (path: string, ...headers: string[]) =>
  sendRaw(stack().serverUrl, [`GET ${path} HTTP/1.1`, ...headers]);

const everything = ({ headers, body }: { headers: Headers; body: string }) =>
  `${[...headers].join('\n')}\n${body}`;

describe('host-header poisoning', () => {
  it.each<[string, () => string[]]>([
    ['Host', () => ['Host: evil.example']],
    ['Host with our name in front', () => [`Host: ${own()}.evil.example`]],
    ['Host with a user name', () => [`Host: ${own()}@evil.example`]],
    ['Host with our name behind', () => [`Host: evil.example/${own()}`]],
    ['a second Host', () => [`Host: ${own()}`, 'Host: evil.example']],
    ['X-Forwarded-Host', () => [`Host: ${own()}`, 'X-Forwarded-Host: evil.example']],
    ['X-Forwarded-Host of an allowed origin', () => [`Host: ${own()}`, `X-Forwarded-Host: ${preview}`]],
    ['X-Forwarded-Proto', () => [`Host: ${own()}`, 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 443']],
    [
      'X-Forwarded-Server and X-Host',
      () => [`Host: ${own()}`, 'X-Forwarded-Server: evil.example', 'X-Host: evil.example'],
    ],
    [
      'X-Original-URL and X-Rewrite-URL',
      () => [`Host: ${own()}`, 'X-Original-URL: //evil.example', 'X-Rewrite-URL: //evil.example'],
    ],
    ['Forwarded', () => [`Host: ${own()}`, 'Forwarded: host=evil.example;proto=https']],
  ])('%s changes no URL that is handed out', async (_, headers) => {
    for (const path of paths) {
      const reply = everything(await get(path, ...headers()));
      expect(reply).not.toContain('evil.example');
      expect(reply).not.toContain(preview);
      expect(reply).not.toContain(`https://${own()}`);
    }
  });

  it.each(['/.well-known/oauth-authorization-server', '/mcp'])(
    'an absolute request target, http://evil.example%s, is refused or answered as if it were not there',
    async (path) => {
      for (const host of [own(), 'evil.example'])
        expect(everything(await get(`http://evil.example${path}`, `Host: ${host}`))).not.toContain(
          'evil.example',
        );
      expect(everything(await get(`//evil.example${path}`, `Host: ${own()}`))).not.toContain('evil.example');
    },
  );

  it('an unknown host gets the canonical issuer, and an allowed one its own', async () => {
    const issuerAt = async (host: string) =>
      /"issuer":"([^"]+)"/.exec(
        (await get('/.well-known/oauth-authorization-server', `Host: ${host}`)).body,
      )?.[1];
    expect(await issuerAt('evil.example')).toBe(stack().serverUrl);
    expect(await issuerAt(preview)).toBe(`https://${preview}`);
    expect(await issuerAt(`${preview}:8443`)).toBe(stack().serverUrl);
    expect(await issuerAt(`${preview}.`)).toBe(stack().serverUrl);
  });

  it('a sign-in at an unknown host is sent to the canonical callback', async () => {
    const client = oauthClient(stack().serverUrl);
    const clientId = await client.register();
    const { pathname, search } = new URL(client.authorizationUrl(clientId, { prompt: 'none' }));
    const page = await get(pathname + search, 'Host: evil.example', 'X-Forwarded-Host: evil.example');
    const answer = returnLink(page.body);
    expect([answer?.host, answer?.searchParams.get('iss')]).toEqual([
      'client.example.com',
      stack().serverUrl,
    ]);
    const browser = browserUser();
    const consent = await openConsent(browser, client.authorizationUrl(clientId));
    const cookie = [...(browser.cookies.get(own()) ?? [])].map((pair) => pair.join('=')).join('; ');
    consent.form.fields.set('decision', 'approve');
    const approved = await sendRaw(
      stack().serverUrl,
      [
        ...['POST /authorize HTTP/1.1', 'Host: evil.example', 'X-Forwarded-Host: evil.example'],
        ...[`Cookie: ${cookie}`, 'Content-Type: application/x-www-form-urlencoded'],
      ],
      consent.form.fields.toString(),
    );
    const atTenant = new URL(approved.headers.get('location') ?? '');
    expect(atTenant.searchParams.get('redirect_uri')).toBe(`${stack().serverUrl}/callback`);
  });
});

describe('cache poisoning', () => {
  it('what metadata say depends on nothing that a cache would leave out of its key', async () => {
    for (const path of paths.slice(0, 4)) {
      const plain = await get(path, `Host: ${own()}`);
      const strange = await get(
        `${path}?issuer=https://evil.example`,
        `Host: ${own()}`,
        'Origin: https://evil.example',
        'Accept: text/html',
        'Accept-Language: x-evil',
        'Cookie: issuer=evil',
        'X-Forwarded-Host: evil.example',
      );
      expect(strange.body).toBe(plain.body);
      expect(plain.headers.get('access-control-allow-origin')).toBe('*');
      expect(strange.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  it.each(['/authorize', '/callback', '/mcp', '/health', '/'])(
    '%s is never kept by a cache',
    async (path) => {
      const { headers } = await get(path, `Host: ${own()}`, 'Accept: text/html');
      expect(headers.get('cache-control')).toContain('no-store');
    },
  );
});
