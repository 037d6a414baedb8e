import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { privacyPage } from '../../lib/pages/privacy.ts';
import { identity } from '../../lib/tools/identity.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack();
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const json = { 'content-type': 'application/json' };

type Request = { method?: string; path?: string; headers: Record<string, string>; body?: string };

describe('who gets the page at /', () => {
  it.each<[string, Request, 'page' | 'MCP']>([
    ['a browser', { headers: { accept: browser } }, 'page'],
    ['a browser with a query', { path: '/?utm=1', headers: { accept: browser } }, 'page'],
    ['a link checker', { method: 'HEAD', headers: { accept: 'text/html' } }, 'page'],
    ['curl', { headers: { accept: '*/*' } }, 'MCP'],
    ['a client without Accept', { headers: {} }, 'MCP'],
    ['an MCP client opening a stream', { headers: { accept: 'text/event-stream' } }, 'MCP'],
    ['one that takes pages too', { headers: { accept: 'text/html, text/event-stream' } }, 'MCP'],
    [
      'an MCP client',
      { method: 'POST', headers: { accept: 'application/json, text/event-stream', ...json }, body: '{}' },
      'MCP',
    ],
    [
      'one with a library’s Accept',
      { method: 'POST', headers: { accept: 'text/html, */*', ...json }, body: '{}' },
      'MCP',
    ],
    ['a request with a token', { headers: { accept: browser, authorization: 'Bearer x' } }, 'MCP'],
    ['a browser at /mcp', { path: '/mcp', headers: { accept: browser } }, 'MCP'],
  ])('%s → %j: %s', async (_, { path = '/', ...init }, answer) => {
    const response = await fetch(stack().serverUrl + path, init);
    if (answer === 'page') {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('vary')).toBe('accept, authorization');
      expect(response.headers.get('cache-control')).toBe('no-store');
    } else {
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    }
  });

  it('shows the health of this very deployment', async () => {
    const page = await (await fetch(stack().serverUrl, { headers: { accept: browser } })).text();
    expect(page).toMatch(/Sign-in: working[\s\S]*Store: working/);
  });
});

describe('the privacy page', () => {
  const withoutSignIn = useStack({ env: { OAUTH_ENABLED: 'false' } });
  const read = async (origin: string) => {
    const response = await fetch(`${origin}/privacy`);
    return { status: response.status, text: await response.text() };
  };

  it('says what the server and its tools store, for whoever asks', async () => {
    const { status, text } = await read(stack().serverUrl);
    expect(status).toBe(200);
    for (const said of [
      ...(identity.storedData ?? []),
      'and email address',
      'Cookies',
      'Auth0',
      'Upstash',
      'href="/connections"',
    ])
      expect(text).toContain(said);
  });

  it('says who runs the server, or that nobody has filled it in', async () => {
    const { text } = await read(stack().serverUrl);
    expect(text).toContain(identity.operator ?? 'id="operator-missing"');
  });

  it('says nothing of accounts on a server without sign-in', async () => {
    const { status, text } = await read(withoutSignIn().serverUrl);
    expect(status).toBe(200);
    for (const said of identity.storedData ?? []) expect(text).toContain(said);
    expect(text).not.toMatch(/Auth0|email|connections/);
  });

  it.each([
    ['callsOtherApis', 'other services'],
    ['connectsAccounts', 'accounts at other companies'],
    ['organizations', 'In which organizations'],
  ] as const)('speaks of what %s brings only if the server is set up for it', async (feature, said) => {
    expect((await read(stack().serverUrl)).text).not.toContain(said);
    const off = { callsOtherApis: false, connectsAccounts: false, organizations: false };
    const view = { ...off, origin: stack().serverUrl, signIn: true, [feature]: true };
    expect(await privacyPage(view).text()).toContain(said);
  });
});

describe('the tools that it shows', () => {
  const withAccounts = useStack({ accounts: true });
  const pageOf = async ({ serverUrl }: { serverUrl: string }) =>
    (await fetch(serverUrl, { headers: { accept: browser } })).text();

  it('are those that the deployment can offer: the calendar only where accounts can be connected', async () => {
    expect(await pageOf(stack())).not.toContain('upcoming_events');
    expect(await pageOf(withAccounts())).toContain('upcoming_events');
  });
});

it('never loads the MCP SDK for a page', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(new URL('../../api/landing.ts', import.meta.url).href)});
    console.log(JSON.stringify(loaded));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const loaded: string[] = JSON.parse(stdout);
  expect(loaded).toContainEqual(expect.stringContaining('lib/pages/landing.ts'));
  expect(loaded.filter((url) => url.includes('@modelcontextprotocol'))).toEqual([]);
});
