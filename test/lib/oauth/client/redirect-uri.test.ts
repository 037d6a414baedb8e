import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isAllowedRedirectUri,
  isLoopbackRedirect,
  redirectUriMatches,
  redirectUriRefusal,
  redirectUriRefusals,
  runsOnUsersDevice,
} from '../../../../lib/oauth/client/redirect-uri.ts';
import { testConfig } from '../../../support/config.ts';

const configWith = (further: Record<string, string> = {}) =>
  testConfig({ ALLOWED_ORIGINS: 'http://localhost:3000', ...further });

const config = configWith();

function outcome(uri: string, configuration = config): string {
  const refusal = redirectUriRefusal(uri, configuration);
  expect(isAllowedRedirectUri(uri, configuration)).toBe(refusal === undefined);
  if (refusal !== undefined) expect(redirectUriRefusals[refusal]).toMatch(/^[a-z][ -~]*\.$/);
  return refusal ?? 'accepted';
}

describe('a redirect URI', () => {
  it.each([
    ['https://claude.ai/api/mcp/auth_callback', 'accepted'],
    ['https://claude.com/api/mcp/auth_callback', 'accepted'],
    ['https://chatgpt.com/connector/oauth/abc123', 'accepted'],
    ['https://vscode.dev/redirect', 'accepted'],
    ['https://app.example.com:8443/cb?tenant=a', 'accepted'],
    ['http://127.0.0.1:33418/', 'accepted'],
    ['http://localhost:6274/oauth/callback', 'accepted'],
    ['http://localhost/callback', 'accepted'],
    ['http://[::1]:8080/callback', 'accepted'],
    ['http://localhost', 'accepted'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'accepted'],
    ['http://app.example.com/callback', 'plain-http'],
    ['http://localhost.evil.example/callback', 'plain-http'],
    ['http://127.0.0.1.evil.example/callback', 'plain-http'],
    ['http://127.0.0.2/callback', 'plain-http'],
    ['http://2130706433/callback', 'plain-http'],
    ['http://0x7f.1/callback', 'plain-http'],
    ['http://localhost:80@evil.example/', 'userinfo'],
    ['https://user@app.example.com/cb', 'userinfo'],
    ['https://@app.example.com/cb', 'userinfo'],
    ['https://claude.ai%2f@evil.example/cb', 'userinfo'],
    ['https://app.example.com/cb#fragment', 'fragment'],
    ['https://app.example.com/cb#', 'fragment'],
    ['https://app.example.com/c b', 'characters'],
    ['https://app.example.com/\r\nSet-Cookie:a', 'characters'],
    ['https://app.example.com/\u0000', 'characters'],
    ['https:\\\\app.example.com\\cb', 'characters'],
    ['https://аpp.example.com/cb', 'characters'],
    ['https:/app.example.com/cb', 'not-a-uri'],
    ['https:app.example.com/cb', 'not-a-uri'],
    ['/callback', 'not-a-uri'],
    ['app.example.com/cb', 'not-a-uri'],
    ['', 'characters'],
    ['http://localhost:99999/cb', 'not-a-uri'],
    ['javascript:alert(1)', 'scheme'],
    ['data:text/html,x', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['blob:https://app.example.com/1', 'scheme'],
    ['urn:ietf:wg:oauth:2.0:oob', 'scheme'],
    ['myapp://callback', 'scheme'],
    ['cursor://evil/oauth/callback', 'scheme'],
    ['cursor:anysphere.cursor-mcp', 'scheme'],
    ['https://mcp.example.com/callback', 'own-origin'],
    ['https://MCP.example.com:443/callback', 'own-origin'],
    ['http://localhost:3000/callback', 'own-origin'],
    [`https://app.example.com/${'a'.repeat(300)}`, 'too-long'],
  ])('%j is %s', (uri, expected) => {
    expect(outcome(uri)).toBe(expected);
  });

  it.each([
    ['https://claude.ai/cb', 'accepted'],
    ['https://CLAUDE.ai/cb', 'accepted'],
    ['https://sub.claude.ai/cb', 'host'],
    ['https://evil.example/cb', 'host'],
    ['http://localhost:1234/cb', 'accepted'],
  ])('%s, where ALLOWED_REDIRECT_HOSTS names claude.ai alone, is %s', (uri, expected) => {
    expect(outcome(uri, configWith({ ALLOWED_REDIRECT_HOSTS: 'Claude.ai' }))).toBe(expected);
  });
});

describe('a requested redirect URI', () => {
  it.each([
    ['https://a.example/cb', 'https://a.example/cb', true],
    ['https://a.example/cb', 'https://a.example/cb/', false],
    ['https://a.example/cb', 'https://a.example/cb?x=1', false],
    ['https://a.example/cb', 'https://a.example:443/cb', false],
    ['https://a.example/cb', 'https://A.example/cb', false],
    ['https://a.example:1/cb', 'https://a.example:2/cb', false],
    ['http://localhost/cb', 'http://localhost:5555/cb', true],
    ['http://localhost:1/cb', 'http://localhost:2/cb', true],
    ['http://localhost:1/cb', 'http://localhost/cb', true],
    ['http://127.0.0.1:1/', 'http://127.0.0.1:2/', true],
    ['http://[::1]:1/cb', 'http://[::1]:2/cb', true],
    ['http://localhost:1/cb?a=1', 'http://localhost:2/cb?a=1', true],
    ['http://localhost:1/cb', 'http://127.0.0.1:1/cb', false],
    ['http://localhost:1/cb', 'http://localhost:1/other', false],
    ['http://localhost:1/cb', 'https://localhost:1/cb', false],
    ['http://localhost/cb', 'http://localhost:1@evil.example/cb', false],
    ['http://localhost/cb', 'http://localhost:x/cb', false],
    ['http://localhost', 'http://localhost:8.evil.example', false],
    ['cursor://anysphere.cursor-mcp/a', 'cursor://anysphere.cursor-mcp/b', false],
  ])('registered %s, requested %s: %s', (registered, requested, matches) => {
    expect(redirectUriMatches(registered, requested)).toBe(matches);
  });

  it('leads to the registered scheme, host and path, whatever was requested', () => {
    const hosts = fc.constantFrom(
      'localhost',
      '127.0.0.1',
      '[::1]',
      'evil.example',
      'localhost@evil.example',
    );
    const requested = fc
      .tuple(
        fc.constantFrom('http', 'https'),
        hosts,
        fc.string({ maxLength: 6 }),
        fc.constantFrom('/cb', '/', ''),
      )
      .map(([scheme, host, port, path]) => `${scheme}://${host}${port}${path}`);
    fc.assert(
      fc.property(requested, fc.integer({ min: 1, max: 65535 }), (uri, port) => {
        if (!redirectUriMatches(`http://localhost:${port}/cb`, uri)) return;
        const url = new URL(uri);
        expect([url.protocol, url.hostname, url.pathname]).toEqual(['http:', 'localhost', '/cb']);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a loopback redirect URI', () => {
  it.each([
    ['http://localhost:8080/cb', true],
    ['http://127.0.0.1', true],
    ['http://[::1]/x', true],
    ['https://localhost/cb', false],
    ['http://localhost.example/cb', false],
    ['http://localhost@evil.example/', false],
    ['https://claude.ai/cb', false],
  ])('%s: %s', (uri, loopback) => {
    expect(isLoopbackRedirect(uri)).toBe(loopback);
  });
});

describe('an answer stays on the user’s own device or network', () => {
  it.each([
    ['http://localhost:8080/cb', true],
    ['http://127.0.0.1/cb', true],
    ['http://[::1]/cb', true],
    ['https://localhost/cb', true],
    ['https://LOCALHOST./cb', true],
    ['https://app.localhost:8443/cb', true],
    ['https://127.0.0.1/cb', true],
    ['https://2130706433/cb', true],
    ['https://[::1]/cb', true],
    ['https://[::ffff:127.0.0.1]/cb', true],
    ['https://10.1.2.3/cb', true],
    ['https://192.168.0.7:3000/cb', true],
    ['https://[fd00::1]/cb', true],
    ['https://169.254.169.254/cb', true],
    ['https://printer.local/cb', true],
    ['cursor://anysphere.cursor-mcp/oauth/callback', true],
    ['https://claude.ai/cb', false],
    ['https://8.8.8.8/cb', false],
    ['https://localhost.evil.example/cb', false],
    ['https://notlocal/cb', false],
    ['https://evil.example/localhost', false],
  ])('if it goes to %s: %s', (uri, stays) => {
    expect(runsOnUsersDevice(uri)).toBe(stays);
  });
});
