import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserUser } from '../support/browser-user.ts';
import { type DocumentSite, startDocumentSite } from '../support/document-site.ts';
import { eventually } from '../support/eventually.ts';
import { certificate } from '../support/localhost-certificate.ts';
import { oauthClient, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { sendRaw } from './raw-request.ts';
import { approve, openConsent } from './steps.ts';

const evil = 'https://evil.example/callback';
const folder = mkdtempSync(join(tmpdir(), 'attacks-'));
const trusted = join(folder, 'localhost.pem');
writeFileSync(trusted, certificate);
afterAll(() => rmSync(folder, { recursive: true }));

const registration = (client_name: string) =>
  JSON.stringify({ client_name, redirect_uris: [evil], token_endpoint_auth_method: 'none' });

const register = (serverUrl: string, client_name: string) =>
  fetch(`${serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: registration(client_name),
  });

describe('registration flood', () => {
  const ceiling = 5;
  const stack = useStack({ env: { MAX_CLIENTS: String(ceiling) } });
  let honest: ReturnType<typeof oauthClient>;
  let honestId: string;
  let honestTokens: Tokens;
  let floodIds: string[];

  const made = () =>
    stack()
      .tenant.applications()
      .filter(({ client_metadata }) => client_metadata?.made_by);
  const used = () => made().filter(({ client_metadata }) => client_metadata?.last_used);

  beforeAll(async () => {
    honest = oauthClient(stack().serverUrl);
    honestId = await honest.register();
    honestTokens = await honest.tokens(honestId);
    await eventually(() => expect(used()).toHaveLength(1));
  });

  it('leaves a bounded number of applications, and registers those who come too late without one', async () => {
    const names = Array.from({ length: 9 }, (_, index) => `Flood ${index}`);
    const answers = await Promise.all(names.map((name) => register(stack().serverUrl, name)));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 201));
    floodIds = await Promise.all(answers.map(async (answer) => (await answer.json()).client_id));
    // A quarter of the places is kept for clients that a user has approved.
    expect(made()).toHaveLength(3);
    expect(floodIds.filter((id) => id.startsWith('self.'))).toHaveLength(7);
  });

  it('does not touch the clients that are there: they sign in, refresh and register again', async () => {
    expect((await honest.refresh(honestId, honestTokens.refresh_token)).status).toBe(200);
    expect((await honest.tokens(honestId)).access_token).toBeTruthy();
    expect(await honest.register()).toBe(honestId);
  });

  it('cannot hold its places by approving its own clients without ever signing in', async () => {
    for (const id of floodIds)
      await approve(browserUser(), honest.authorizationUrl(id, { redirect_uri: evil }));
    await stack().functions.idle();
    // The last one is what the others share.
    expect(made()).toHaveLength(ceiling);
    expect(used().map(({ client_id }) => client_id)).toEqual([honestId]);

    const squatters = made().filter(({ client_id }) => client_id !== honestId);
    // An hour later.
    for (const { client_metadata } of squatters)
      Object.assign(client_metadata ?? {}, { created_at: String(Math.floor(Date.now() / 1000) - 3700) });
    const late = await (await register(stack().serverUrl, 'Someone honest and new')).json();
    const answer = await browserUser().signIn(
      honest.authorizationUrl(late.client_id, { redirect_uri: evil }),
    );
    expect(answer.searchParams.has('code')).toBe(true);
    expect(made()).toHaveLength(ceiling);
    expect(made().map(({ name }) => name)).toContain('Someone honest and new (MCP)');
    expect(made().map(({ client_id }) => client_id)).toContain(honestId);
  });
});

describe('a flood from one address', () => {
  const stack = useStack({
    env: { MAX_CLIENTS: '90', ALLOWED_LOCAL_DOCUMENTS: 'true', NODE_EXTRA_CA_CERTS: trusted },
  });
  let site: DocumentSite;
  beforeAll(async () => {
    site = await startDocumentSite();
  });
  afterAll(() => site.close());

  const made = () =>
    stack()
      .tenant.applications()
      .filter(({ client_metadata }) => client_metadata?.made_by);

  /** A POST from an address that is limited, unlike 127.0.0.1, from which people try the server out. */
  const post = (path: string, headers: string[], body: string) => {
    const { host, origin } = new URL(stack().serverUrl);
    const lines = [`POST ${path} HTTP/1.1`, `Host: ${host}`, `Origin: ${origin}`, ...headers];
    return sendRaw(origin, lines, body, '127.0.0.2');
  };

  it('makes 20 applications an hour, whatever addresses its headers claim', async () => {
    const answers: string[] = [];
    let asked = 0;
    for (let index = 0; index < 24; index++) {
      if (index === 20) asked = stack().tenant.requests.length;
      const names = ['X-Forwarded-For', 'X-Real-IP', 'X-Vercel-Forwarded-For', 'Client-IP', 'True-Client-IP'];
      const claimed = [
        ...names.map((name) => `${name}: 198.51.100.${index}`),
        `Forwarded: for=198.51.100.${index}`,
      ];
      const headers = [...claimed, 'Content-Type: application/json'];
      const answer = await post('/register', headers, registration(`Flood ${index}`));
      const hasNone = answer.body.includes('"client_id":"self.');
      answers.push(`${answer.status} ${hasNone ? 'without' : 'with'} an application`);
    }
    expect(answers).toEqual([
      ...Array(20).fill('201 with an application'),
      ...Array(4).fill('201 without an application'),
    ]);
    expect(made()).toHaveLength(20);
    // Those over the limit cost the tenant nothing.
    expect(stack().tenant.requests.length).toBe(asked);
  });

  it('makes no more of them by way of metadata documents', async () => {
    for (let index = 0; index < 3; index++) {
      const id = `https://localhost:${site.port}/${index}.json`;
      site.pages.set(`/${index}.json`, {
        body: { client_id: id, client_name: 'App', redirect_uris: [evil] },
      });
      const browser = browserUser();
      const url = oauthClient(stack().serverUrl).authorizationUrl(id, { redirect_uri: evil });
      const { form } = await openConsent(browser, url);
      form.fields.set('decision', 'approve');
      const cookie = [...(browser.cookies.get(new URL(url).host) ?? [])]
        .map((pair) => pair.join('='))
        .join('; ');
      const headers = ['Content-Type: application/x-www-form-urlencoded', `Cookie: ${cookie}`];
      const answer = await post('/authorize', headers, form.fields.toString());
      expect(answer.headers.get('location')).toMatch(`${stack().tenant.origin}/authorize?`);
    }
    // These three share one.
    expect(made()).toHaveLength(21);
  });

  it('has 60 documents a minute fetched from sites of its choice', async () => {
    const before = site.asked.length;
    const ids = Array.from({ length: 80 }, (_, index) => `https://localhost:${site.port}/none-${index}.json`);
    const answers = await Promise.all(
      ids.map((id) =>
        post(
          '/oauth/token',
          ['Content-Type: application/x-www-form-urlencoded'],
          `client_id=${encodeURIComponent(id)}`,
        ),
      ),
    );
    const fetched = site.asked.length - before;
    expect(fetched).toBeGreaterThanOrEqual(50);
    expect(fetched).toBeLessThan(70);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(80 - fetched);
  });

  it('does not keep others, nor known clients, from going on', async () => {
    const client = oauthClient(stack().serverUrl);
    const [first] = made();
    const answer = await browserUser().signIn(
      client.authorizationUrl(first?.client_id ?? '', { redirect_uri: evil }),
    );
    expect(answer.searchParams.has('code')).toBe(true);
    expect((await register(stack().serverUrl, 'Flood 0')).status).toBe(201);
  });
});

describe('a flood from four addresses', () => {
  const stack = useStack();

  it('that are all over their limit stops no other: it registers, signs in and refreshes', async () => {
    const { host, origin } = new URL(stack().serverUrl);
    const send = (from: number) =>
      sendRaw(
        origin,
        ['POST /register HTTP/1.1', `Host: ${host}`, 'Content-Type: application/json'],
        registration('One client of the flood'),
        `127.0.1.${from}`,
      );
    let admitted = 0;
    const refused = new Set<number>();
    // The window slides: on a busy machine, an address may send for longer before it is over its limit.
    while (refused.size < 4) {
      refused.clear();
      for (let from = 1; from <= 4; from++) {
        const answers = await Promise.all(Array.from({ length: 10 }, () => send(from)));
        admitted += answers.filter(({ status }) => status === 201).length;
        if (answers.at(-1)?.status === 429) refused.add(from);
      }
    }
    expect(admitted).toBeGreaterThanOrEqual(4 * 300 - 40);
    const client = oauthClient(stack().serverUrl);
    const id = await client.register();
    const { refresh_token } = await client.tokens(id);
    expect((await client.refresh(id, refresh_token)).status).toBe(200);
  });
});

describe('a flood of unknown client ids from one address', () => {
  const stack = useStack();
  const lookups = () =>
    stack().tenant.requests.filter(
      ({ method, path }) => method === 'GET' && /^\/api\/v2\/clients\/./.test(path),
    );
  const ask = (index: number) => {
    const { host } = new URL(stack().serverUrl);
    const form = `grant_type=refresh_token&refresh_token=x&client_id=${String(index).padStart(32, 'x')}`;
    const lines = ['POST /oauth/token HTTP/1.1', `Host: ${host}`];
    return sendRaw(
      stack().serverUrl,
      [...lines, 'Content-Type: application/x-www-form-urlencoded'],
      form,
      '127.0.0.2',
    );
  };

  it('costs the tenant 30 calls a minute, and known clients nothing', async () => {
    const client = oauthClient(stack().serverUrl);
    const id = await client.register();
    const before = lookups().length;
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => (await ask(index)).status),
    );
    const admitted = statuses.filter((status) => status === 401).length;
    expect(admitted).toBeGreaterThanOrEqual(30);
    // The window slides: where a minute begins in between, a few more pass.
    expect(admitted).toBeLessThan(35);
    expect(statuses.filter((status) => status === 429)).toHaveLength(60 - admitted);
    expect(lookups()).toHaveLength(before + admitted);
    expect(await client.tokens(id)).toHaveProperty('access_token');
  });
});
