import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { confirmTokens } from '../../lib/access-token/confirmed-tokens.ts';
import { accessToken, newApplication, tenantTokens } from '../support/access-token.ts';
import { browserUser, demoUser, type User } from '../support/browser-user.ts';
import { useClock } from '../support/clock.ts';
import { configOf } from '../support/config.ts';
import { call, initialize, modern, poster, rawClient, textOf } from '../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../support/oauth-client.ts';
import { fetchFrom } from '../support/public-hosts.ts';
import { useStack } from '../support/stack.ts';
import { sendRaw } from './raw-request.ts';
import { approve, untilCallback } from './steps.ts';

const otherUser: User = { email: 'other@example.com', password: 'other' };
const clock = useClock();
const stack = useStack({ organizations: 'optional', env: clock.env });
const plain = useStack();

const acmeOrigin = () => `http://acme.localhost:${stack().port}`;
const globexOrigin = () => `http://globex.localhost:${stack().port}`;
const resourceOf = (name: string) => `${stack().serverUrl}/o/${name}/mcp`;
const organization = (name: string) => {
  const found = stack().tenant.organizations.find((each) => each.name === name);
  if (!found) throw new Error(`no organization ${name}`);
  return found;
};

let client: ReturnType<typeof oauthClient>;
let clientId: string;
/** The demo user's tokens at Acme, by the path and by the origin, and outside organizations. */
let acme: Tokens;
let byOrigin: Tokens;
let personal: Tokens;

beforeAll(async () => {
  const hosts = [acmeOrigin(), globexOrigin()].map((origin) => new URL(origin).host);
  vi.stubGlobal('fetch', fetchFrom(stack().serverUrl, hosts));
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  acme = await client.tokens(clientId, {}, { resource: resourceOf('acme') });
  byOrigin = await oauthClient(acmeOrigin()).tokens(clientId);
  personal = await client.tokens(clientId, { organization: 'Personal account' });
});
afterAll(() => {
  vi.unstubAllGlobals();
});

async function statusAt(url: string, token: string, headers: Record<string, string> = {}) {
  const { origin, pathname } = new URL(url);
  const [body, modernHeaders] = modern('tools/list');
  const answer = await poster({ serverUrl: origin }, token, pathname)(body, { ...modernHeaders, ...headers });
  return answer.status;
}

describe('a token of one organization', () => {
  it('is good at its own address and nowhere else', async () => {
    const addresses = [
      resourceOf('acme'),
      resourceOf('globex'),
      stack().mcpUrl,
      `${acmeOrigin()}/mcp`,
      `${globexOrigin()}/mcp`,
    ];
    const opened = async ({ access_token: token }: Tokens) => {
      const statuses = await Promise.all(addresses.map((url) => statusAt(url, token)));
      expect(statuses.filter((status) => status !== 200 && status !== 401)).toEqual([]);
      return addresses.filter((_, index) => statuses[index] === 200);
    };
    expect(await opened(acme)).toEqual([resourceOf('acme')]);
    expect(await opened(byOrigin)).toEqual([`${acmeOrigin()}/mcp`]);
    expect(await opened(personal)).toEqual([stack().mcpUrl]);
  });

  it.each([
    'x-forwarded-host',
    'x-original-host',
    'forwarded',
    'x-organization',
    'organization',
    'x-original-url',
    'x-rewrite-url',
  ])('is not moved to another one by the header %s', async (header) => {
    const value = { forwarded: 'host=globex.localhost', 'x-original-url': '/o/globex/mcp' }[header];
    const headers = { [header]: value ?? 'globex' };
    const [body, modernHeaders] = modern('tools/call', { name: 'whoami', arguments: {} });
    const answer = await poster(
      stack(),
      acme.access_token,
      '/o/acme/mcp',
    )(body, {
      ...modernHeaders,
      ...headers,
    });
    expect(answer.last.result?.structuredContent).toMatchObject({ organization: { name: 'acme' } });
    expect(await statusAt(resourceOf('globex'), acme.access_token, headers)).toBe(401);
  });

  it('is refreshed for its own resource and for no other one', async () => {
    const refresh = async (tokens: Tokens, resource: string | undefined, at = client) => {
      const response = await at.refresh(clientId, tokens.refresh_token, { resource });
      return response.ok ? 'refreshed' : (await response.json()).error;
    };
    expect(await refresh(acme, resourceOf('acme'))).toBe('refreshed');
    expect(await refresh(acme, undefined)).toBe('refreshed');
    expect(await refresh(acme, resourceOf('globex'))).toBe('invalid_target');
    expect(await refresh(acme, stack().mcpUrl)).toBe('invalid_target');
    expect(await refresh(acme, `${globexOrigin()}/mcp`)).toBe('invalid_target');
    expect(await refresh(personal, resourceOf('acme'))).toBe('invalid_target');
    const atAcme = oauthClient(acmeOrigin());
    expect(await refresh(byOrigin, `${acmeOrigin()}/mcp`, atAcme)).toBe('refreshed');
    expect(await refresh(byOrigin, `${globexOrigin()}/mcp`, atAcme)).toBe('invalid_target');
    expect(await refresh(byOrigin, undefined, oauthClient(globexOrigin()))).toBe('invalid_grant');
    expect(await refresh(byOrigin, undefined)).toBe('invalid_grant');
    expect(await refresh(acme, undefined, atAcme)).toBe('invalid_grant');
  });

  it('cannot be had with a code of another resource', async () => {
    const code = await client.code(clientId, {}, { resource: resourceOf('acme') });
    const wrong = await client.exchange(clientId, code, { resource: resourceOf('globex') });
    expect([wrong.status, (await wrong.json()).error]).toEqual([400, 'invalid_target']);
    // The code is not used up.
    const right = await client.exchange(clientId, code, { resource: resourceOf('acme') });
    expect(right.status).toBe(200);
  });
});

describe('an authorization request', () => {
  const locationOf = async (changes: Record<string, string>, at = client) => {
    const atTenant = await approve(browserUser(), at.authorizationUrl(clientId, changes));
    return new URL(atTenant);
  };

  it('names the organization of its resource, whatever parameters say', async () => {
    const changes = {
      resource: resourceOf('acme'),
      organization: organization('globex').id,
      org_id: organization('globex').id,
      invitation: 'x',
    };
    const { searchParams } = await locationOf(changes);
    expect(searchParams.getAll('organization')).toEqual([organization('acme').id]);
    expect(searchParams.has('invitation')).toBe(false);
    const without = await locationOf({ organization: organization('globex').id });
    expect(without.searchParams.has('organization')).toBe(false);
  });

  it.each([
    ['another organization’s origin', () => [acmeOrigin(), `${globexOrigin()}/mcp`]],
    ['the path of another organization', () => [acmeOrigin(), resourceOf('globex')]],
    ['no organization', () => [acmeOrigin(), stack().mcpUrl]],
    ['an organization’s origin from elsewhere', () => [stack().serverUrl, `${acmeOrigin()}/mcp`]],
    ['a name in capitals', () => [stack().serverUrl, resourceOf('Acme')]],
    ['an encoded slash', () => [stack().serverUrl, resourceOf('acme%2Fmcp')]],
    ['dots', () => [stack().serverUrl, resourceOf('acme/../globex')]],
    ['another alphabet', () => [stack().serverUrl, resourceOf('аcme')]],
  ])('for a resource with %s is refused', async (_, of) => {
    const [at = '', resource = ''] = of();
    const { signIn } = browserUser();
    const callback = await signIn(oauthClient(at).authorizationUrl(clientId, { resource }));
    expect(callback.searchParams.get('error')).toBe('invalid_target');
    expect(callback.searchParams.has('code')).toBe(false);
  });

  it.each([
    ['another organization', () => organization('globex').id],
    ['no organization', () => undefined],
  ])('that its user changes at the tenant to %s gives no code', async (_, changed) => {
    const browser = browserUser();
    const atTenant = new URL(
      await approve(browser, client.authorizationUrl(clientId, { resource: resourceOf('acme') })),
    );
    atTenant.searchParams.delete('organization');
    const id = changed();
    if (id) atTenant.searchParams.set('organization', id);
    // Without an organization the tenant shows its picker, which `signIn` answers.
    const callback = id
      ? (await browser.visit(await untilCallback(browser, atTenant.href))).headers.get('location')
      : (await browser.signIn(atTenant, { organization: 'Personal account' })).href;
    const answer = id ? new URL(callback ?? '') : undefined;
    const final = answer ?? new URL((await browser.visit(callback ?? '')).headers.get('location') ?? '');
    expect(final.searchParams.get('error')).toBe('access_denied');
    expect(final.searchParams.has('code')).toBe(false);
  });

  it('approved for one organization is asked about again for another one', async () => {
    const browser = browserUser();
    const registered = await client.register({ client_name: 'Remembered' });
    const toAcme = client.authorizationUrl(registered, { resource: resourceOf('acme') });
    expect((await browser.signIn(toAcme)).searchParams.has('code')).toBe(true);
    expect((await browser.visit(toAcme)).status).toBe(302);
    const toGlobex = client.authorizationUrl(registered, { resource: resourceOf('globex') });
    expect((await browser.visit(toGlobex)).status).toBe(200);
  });
});

describe('an ID token', () => {
  const application = () => newApplication(stack(), { organization_usage: 'allow' });
  const scope = 'openid mcp:read';

  it.each([
    ['of another organization', 'globex'],
    ['of no organization', undefined],
  ])('%s does not pass with an access token of Acme', async (_, name) => {
    const id = await application();
    const { tokens } = await tenantTokens(stack(), { clientId: id, scope, organization: 'acme' });
    const named = name ? { organization: name } : {};
    const { tokens: foreign } = await tenantTokens(stack(), { clientId: id, scope, ...named });
    const config = configOf(stack().env);
    const expected = { application: id, scopes: ['mcp:read'] };
    expect(await confirmTokens(config, tokens, expected)).toMatchObject({
      value: { organization: { id: organization('acme').id } },
    });
    const mixed = { ...tokens, id_token: foreign.id_token };
    expect(await confirmTokens(config, mixed, expected)).toEqual({
      failure: 'The tokens are for different organizations',
    });
  });
});

describe('a member who is removed', () => {
  it.each([
    ['checks memberships at a refresh', true],
    ['does not', false],
  ])('loses the connection within the hour, if the tenant %s', async (_, membershipChecked) => {
    stack().tenant.switches.membershipChecked = membershipChecked;
    const { members } = organization('globex');
    const id = stack().tenant.users.find(({ email }) => email === otherUser.email)?.user_id ?? '';
    members.set(id, []);
    const tokens = await client.tokens(clientId, { user: otherUser }, { resource: resourceOf('globex') });
    clock.advance('80 min');
    expect(await statusAt(resourceOf('globex'), tokens.access_token)).toBe(200);
    members.delete(id);
    clock.advance('80 min');
    expect(await statusAt(resourceOf('globex'), tokens.access_token)).toBe(401);
    const refreshed = await client.refresh(clientId, tokens.refresh_token);
    expect([refreshed.status, (await refreshed.json()).error]).toEqual([400, 'invalid_grant']);
  });
});

describe('a name', () => {
  const get = async (target: string, host = `localhost:${stack().port}`) =>
    sendRaw(stack().serverUrl, [`GET ${target} HTTP/1.1`, `Host: ${host}`]);

  it.each([
    '/o/acme%2fmcp',
    '/o/acme%2Fx/mcp',
    '/o/ac%6De/mcp',
    '/o/Acme/mcp',
    '/o/acme/../globex/mcp/x',
    '/o//mcp',
    '/o/../mcp/mcp',
    '/o/acme/x/mcp',
    '/o/acme/mcp/mcp',
    '/o/-acme/mcp',
    `/o/${'a'.repeat(51)}/mcp`,
    '/o/%D0%B0cme/mcp',
    '/o/acme%00/mcp',
    '/o/acme;x/mcp',
  ])('in the path %s is no organization', async (path) => {
    expect((await get(path)).status).toBe(404);
    const metadata = await get(`/.well-known/oauth-protected-resource${path}`);
    expect(metadata.status).toBe(404);
  });

  it.each(['acme.evil.example', 'acme.localhost.evil.example', 'a.acme.localhost', 'acme%2e.localhost'])(
    'in the host %s is no organization',
    async (name) => {
      const host = `${name}:${stack().port}`;
      const { body } = await get('/.well-known/oauth-protected-resource/mcp', host);
      expect(body).toContain(`"resource":"${stack().mcpUrl}"`);
      expect(body).not.toContain('acme');
    },
  );

  it('means nothing to a server without organizations', async () => {
    const answer = await poster(plain(), undefined, '/o/acme/mcp')(...modern('tools/list'));
    expect(answer.status).toBe(404);
    const metadata = `${plain().serverUrl}/.well-known/oauth-protected-resource/o/acme/mcp`;
    expect((await fetch(metadata)).status).toBe(404);
  });
});

describe('what one organization’s connection started', () => {
  const engine = useStack({
    root: fileURLToPath(new URL('../mcp-server', import.meta.url)),
    instances: 2,
    organizations: 'optional',
  });
  let tokens: { acme: string; globex: string };

  beforeAll(async () => {
    // The same person and the same client: only the organization differs.
    const id = await newApplication(engine(), { organization_usage: 'allow' });
    const tokenOf = (name: string) => accessToken(engine(), { clientId: id, organization: name });
    tokens = { acme: await tokenOf('acme'), globex: await tokenOf('globex') };
  });

  it('is out of reach of another one: sessions', async () => {
    const post = poster(engine(), tokens.acme, '/o/acme/mcp');
    const session = (await post(initialize())).headers.get('mcp-session-id') ?? '';
    const headers = { 'mcp-session-id': session };
    const stolen = await poster(engine(), tokens.globex, '/o/globex/mcp')(call('whoami'), headers);
    expect(stolen.status).toBe(404);
    expect((await post(call('whoami'), headers)).status).toBe(200);
  });

  it('is out of reach of another one: events of a call, its questions, its cancellation', async () => {
    const [mine, theirs] = [
      rawClient(engine(), tokens.acme, '/o/acme/mcp'),
      rawClient(engine(), tokens.globex, '/o/globex/mcp'),
    ];
    await mine.initialize();
    await theirs.initialize();
    const body = call('confirm_delete', { filename: 'secret.txt' });
    const stream = await mine.stream(body);
    const { id: eventId, message } = await stream.until(({ method }) => method === 'elicitation/create');
    const accept = {
      jsonrpc: '2.0',
      id: message?.id,
      result: { action: 'accept', content: { confirm: true } },
    };
    await theirs.send(accept, 1);
    await theirs.send(
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: body.id } },
      2,
    );
    const resumed = await (await theirs.resume(eventId?.replace(/\.\d+\./, '.0.'), 1)).rest();
    expect(JSON.stringify(resumed)).not.toContain('secret.txt');
    expect((await mine.send(accept, 1)).status).toBe(202);
    expect(JSON.stringify(await stream.rest())).toContain('Deleted secret.txt');
  });

  it('is out of reach of another one: data, and the question that a note is deleted by', async () => {
    const at = (token: string, name: string) => poster(stack(), token, `/o/${name}/mcp`);
    const globex = await client.tokens(clientId, { user: demoUser }, { resource: resourceOf('globex') });
    const added = await at(acme.access_token, 'acme')(call('add_note', { title: 'Plans', text: '' }));
    const noteId = /\(id (\w+)\)/.exec(textOf(added))?.[1];
    const listed = await at(globex.access_token, 'globex')(call('list_notes'));
    expect(textOf(listed)).not.toContain('Plans');
    const remove = () =>
      modern('tools/call', { name: 'delete_note', arguments: { id: noteId } }, { elicitation: {} });
    const [body, headers] = remove();
    const asked = (await at(acme.access_token, 'acme')(body, headers)).last.result ?? {};
    const { requestState, inputRequests = {} } = asked as {
      requestState?: string;
      inputRequests?: Record<string, unknown>;
    };
    expect(requestState).toBeTruthy();
    const answers = Object.keys(inputRequests).map((name) => [
      name,
      { action: 'accept', content: { delete: true } },
    ]);
    const params = { name: 'delete_note', arguments: { id: noteId } };
    const again = modern(
      'tools/call',
      { ...params, requestState, inputResponses: Object.fromEntries(answers) },
      { elicitation: {} },
    );
    const stolen = await at(globex.access_token, 'globex')(...again);
    expect(JSON.stringify(stolen.last)).not.toContain('Deleted');
    expect(textOf(await at(acme.access_token, 'acme')(call('list_notes')))).toContain('Plans');
  });
});
