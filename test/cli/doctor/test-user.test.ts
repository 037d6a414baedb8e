import { describe, expect, onTestFinished, test } from 'vitest';
import type { TestUser } from '../../../cli/doctor/test-user.ts';
import { demoUser } from '../../support/browser-user.ts';
import { useStack } from '../../support/stack.ts';
import { examineUrl, levels, signedInLevels, wrong } from './examine.ts';
import { authorize, healthyRoutes } from './fake-mcp.ts';
import { type Route, startFakeServer } from './fake-server.ts';
import { callManagement } from './management.ts';

const password = 'a-password-nobody-may-see';

describe('a test user signs in to this project’s deployment without a person', () => {
  const stack = useStack();
  const user = (changes: Partial<TestUser> = {}): TestUser => ({
    name: demoUser.email,
    password: demoUser.password,
    loginOrigin: stack().tenant.origin,
    ...changes,
  });

  test('and every check runs, without a finding', async () => {
    const findings = await examineUrl(stack().mcpUrl, { signIn: true, testUser: user() });
    expect(wrong(findings)).toEqual([]);
    expect(levels(findings)).toMatchObject(signedInLevels);
  });

  test('but not with a wrong password, which is tried once and never shown', async () => {
    const before = stack().tenant.requests.length;
    const findings = await examineUrl(stack().mcpUrl, { signIn: true, testUser: user({ password }) });
    expect(findings).toContainEqual(
      expect.objectContaining({
        id: 'test-user-stuck',
        detail: expect.stringContaining('Wrong email or password'),
      }),
    );
    expect(wrong(findings)).toEqual(['test-user-stuck']);
    expect(JSON.stringify(findings)).not.toContain(password);
    const logins = stack()
      .tenant.requests.slice(before)
      .filter(({ method, path }) => method === 'POST' && path.startsWith('/u/login'));
    expect(logins).toHaveLength(1);
  });

  test('but not at a login page on another host than DOCTOR_LOGIN_HOST', async () => {
    const testUser = user({ loginOrigin: 'https://login.example.com' });
    const findings = await examineUrl(stack().mcpUrl, { signIn: true, testUser });
    expect(wrong(findings)).toEqual(['test-user-stuck']);
  });

  test('and accepts the tenant’s own consent page', async () => {
    const { tenant, mcpUrl, serverUrl } = stack();
    const path = `/resource-servers/${encodeURIComponent(serverUrl)}`;
    const skipConsent = (skip: boolean) =>
      callManagement(tenant, 'PATCH', path, { skip_consent_for_verifiable_first_party_clients: skip });
    await skipConsent(false);
    onTestFinished(() => skipConsent(true).then(() => {}));
    const before = tenant.requests.length;
    expect(wrong(await examineUrl(mcpUrl, { signIn: true, testUser: user() }))).toEqual([]);
    expect(tenant.requests.slice(before)).toContainEqual(
      expect.objectContaining({ method: 'POST', path: expect.stringMatching(/^\/u\/consent/) }),
    );
  });
});

/** A server that signs users in on its own pages and records every form. */
async function serverWithLogin(pages: (origin: string) => Record<string, Route>) {
  const forms: URLSearchParams[] = [];
  const server = await startFakeServer((origin) => {
    const recorded = Object.entries(pages(origin)).map(([path, route]): [string, Route] => [
      path,
      (visit) => {
        if (visit.text) forms.push(new URLSearchParams(visit.text));
        return typeof route === 'function' ? route(visit) : route;
      },
    ]);
    return new Map([...healthyRoutes(origin), ...recorded]);
  });
  onTestFinished(server.close);
  const testUser = { name: 'tester@example.com', password, loginOrigin: server.origin };
  const examine = () => examineUrl(server.mcpUrl, { signIn: true, testUser });
  return { server, forms, examine };
}

/** Redirects to a page, or refuses an unsupported response type. */
const beginAt =
  (page: string, origin: string): Route =>
  (visit) =>
    visit.url.searchParams.get('response_type') === 'code'
      ? { status: 302, headers: { location: `${page}${visit.url.search}` } }
      : authorize(origin, visit);

describe('a login page', () => {
  test('that asks for the user and then for the password is filled in twice', async () => {
    const { examine, forms } = await serverWithLogin((origin) => ({
      'GET /authorize': beginAt('/u/login/identifier', origin),
      'GET /u/login/identifier': {
        body: '<form method="post"><input type="hidden" name="state" value="s1"><input type="text" name="username"><button name="action" value="default">Continue</button></form><form method="post" action="/social"><input type="hidden" name="connection" value="google-oauth2"></form>',
      },
      'POST /u/login/identifier': ({ url }) => ({
        status: 302,
        headers: { location: `/u/login/password${url.search}` },
      }),
      'GET /u/login/password': {
        body: '<form method="post"><input type="hidden" name="state" value="s2"><input type="text" name="username" readonly value="tester@example.com"><input name="password" type="password"><button name="action" value="default">Continue</button></form>',
      },
      'POST /u/login/password': (visit) => {
        visit.url.searchParams.set('approved', '');
        return authorize(origin, visit);
      },
    }));
    const findings = await examine();
    expect(wrong(findings)).toEqual([]);
    expect(levels(findings)).toMatchObject({ 'sign-in': 'ok', refresh: 'ok' });
    expect(forms.map((form) => Object.fromEntries(form))).toEqual([
      { state: 's1', username: 'tester@example.com', action: 'default' },
      { state: 's2', username: 'tester@example.com', password, action: 'default' },
    ]);
  });

  test('whose form goes to another host does not get the password', async () => {
    const stolen: string[] = [];
    const thief = await startFakeServer(
      () => new Map([['POST /steal', ({ text }) => ({ body: `${stolen.push(text)}` })]]),
    );
    onTestFinished(thief.close);
    const { examine } = await serverWithLogin((origin) => ({
      'GET /authorize': beginAt('/login', origin),
      'GET /login': {
        body: `<form method="post" action="${thief.origin}/steal"><input name="username"><input name="password" type="password"></form>`,
      },
    }));
    expect(wrong(await examine())).toEqual(['test-user-stuck']);
    expect(stolen).toEqual([]);
  });

  test('that asks for a second factor is reported with its text', async () => {
    const { examine } = await serverWithLogin((origin) => ({
      'GET /authorize': beginAt('/login', origin),
      'GET /login': {
        body: '<form method="post"><input name="username"><input name="password" type="password"></form>',
      },
      'POST /login': { body: '<h1>Verify Your Identity</h1><form><input name="code"></form>' },
    }));
    expect(await examine()).toContainEqual(
      expect.objectContaining({
        id: 'test-user-stuck',
        detail: expect.stringContaining('Verify Your Identity'),
      }),
    );
  });
});
