import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserUser, readForm, textOf } from '../support/browser-user.ts';
import { type DocumentSite, startDocumentSite } from '../support/document-site.ts';
import { certificate } from '../support/localhost-certificate.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { storeCommand } from '../support/store-command.ts';
import { locationOf, untilCallback } from './steps.ts';

const evil = 'https://evil.example/callback';
const folder = mkdtempSync(join(tmpdir(), 'attacks-'));
const trusted = join(folder, 'localhost.pem');
writeFileSync(trusted, certificate);

const stack = useStack({
  instances: 2,
  env: { ALLOWED_LOCAL_DOCUMENTS: 'true', NODE_EXTRA_CA_CERTS: trusted },
});
let site: DocumentSite;
let client: ReturnType<typeof oauthClient>;

beforeAll(async () => {
  site = await startDocumentSite();
  client = oauthClient(stack().serverUrl);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await site.close();
});

let documents = 0;

/** Publishes a client metadata document; its URL, which is the client id. */
function publish(change: Record<string, unknown> = {}): string {
  const path = `/${documents++}.json`;
  const id = `https://localhost:${site.port}${path}`;
  site.pages.set(path, { body: { client_id: id, client_name: 'App', redirect_uris: [evil], ...change } });
  return id;
}

async function authorize(clientId: string, redirect_uri = evil): Promise<{ status: number; page: string }> {
  const response = await browserUser().visit(client.authorizationUrl(clientId, { redirect_uri }));
  expect(locationOf(response)).toBe('');
  return { status: response.status, page: await response.text() };
}

describe('client impersonation by name', () => {
  it.each([
    ['Claude', 'Claude'],
    ['Cla\u200bude\u00ad', 'Claude'],
    ['\uff23\uff4c\uff41\uff55\uff44\uff45', 'Claude'],
    ['\u202eedualC\u202c', 'edualC'],
    ['Cl\u0430ude', 'MCP client at evil.example'],
    ['\u200b\u2060\ufeff', 'MCP client at evil.example'],
    ['Claude\nSends you back to\nclaude.ai', 'Claude Sends you back to claude.ai'],
    ['Claude\u0000\u001b[2J', 'Claude[2J'],
  ])('%j is shown as %j, as unverified, and beside the true destination', async (client_name, shown) => {
    const clientId = await client.register({ client_name, redirect_uris: [evil] });
    const { page } = await authorize(clientId);
    expect(page).toContain(`<bdi>${shown}</bdi>`);
    expect(page).toContain('<dd class="host">evil.example</dd>');
    expect(textOf(page)).toContain('Chosen by the app itself, not verified');
  });

  it('a document of another site that calls itself Claude is shown with that site', async () => {
    const { page } = await authorize(publish({ client_name: 'Claude' }));
    expect(page).toContain(`<dd>localhost:${site.port}</dd>`);
    expect(page).toContain('<dd class="host">evil.example</dd>');
  });

  it("the same name and redirect URI with one more is another client, and adds nothing to the first's", async () => {
    const honest = await client.register({ client_name: 'Honest' });
    const twin = await client.register({ client_name: 'Honest', redirect_uris: [redirectUri, evil] });
    expect(twin).not.toBe(honest);
    expect((await authorize(honest)).status).toBe(400);
  });

  it("a document client is not reached by its Auth0 application's id", async () => {
    const clientId = publish();
    await browserUser().signIn(client.authorizationUrl(clientId, { redirect_uri: evil }));
    const made = stack().tenant.applications();
    const application = made.find(({ client_metadata }) => client_metadata?.document === clientId);
    expect((await authorize(application?.client_id ?? '')).status).toBe(400);
  });

  it.each([
    '__proto__',
    'constructor',
    'toString',
    `${'A'.repeat(31)}\u212a`,
    '../clients',
    'a'.repeat(5000),
  ])('the client id %.20s is unknown, and the tenant is not asked', async (clientId) => {
    const asked = stack().tenant.requests.length;
    expect((await authorize(clientId)).status).toBe(400);
    expect(stack().tenant.requests.length).toBe(asked);
  });
});

describe('a client metadata document', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'in the name of a well-known client',
      { client_id: 'https://claude.ai/oauth/mcp-oauth-client-metadata' },
    ],
    ['with a shared secret', { client_secret: 'known to all' }],
    ['with a method that needs one', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['with a script for a redirect URI', { redirect_uris: ['javascript:alert(1)', 'data:text/html,x'] }],
    ["with another app's own scheme", { redirect_uris: ['myapp://callback', 'cursor://evil/callback'] }],
    ['with plain http', { redirect_uris: ['http://evil.example/callback'] }],
    ['with this server itself', { redirect_uris: ['http://localhost/callback#'] }],
    [
      'with thousands of redirect URIs',
      { redirect_uris: Array.from({ length: 1000 }, (_, n) => `${evil}/${n}`) },
    ],
    ['with a poisoned prototype', { redirect_uris: undefined, ['__proto__']: { redirect_uris: [evil] } }],
  ])('%s is refused with a page', async (_, change) => {
    const { status } = await authorize(publish(change), String([change.redirect_uris ?? evil].flat()[0]));
    expect(status).toBe(400);
  });

  it('that drops a redirect URI takes the remembered consent for it along', async () => {
    const clientId = publish();
    const url = client.authorizationUrl(clientId, { redirect_uri: evil });
    const victim = browserUser();
    const at = (instance: string) => ({ headers: { 'x-local-instance': instance } });
    const form = readForm(await (await victim.visit(url, at('0'))).text());
    form?.fields.set('decision', 'approve');
    const approved = await victim.visit(`${stack().serverUrl}/authorize`, {
      method: 'POST',
      ...at('0'),
      body: form?.fields ?? '',
    });
    await victim.visit(await untilCallback(victim, locationOf(approved)));
    expect(locationOf(await victim.visit(url, at('0')))).toContain(stack().tenant.origin);

    const path = new URL(clientId).pathname;
    site.pages.set(path, { body: { client_id: clientId, client_name: 'App', redirect_uris: [redirectUri] } });
    await storeCommand(stack(), ['FLUSHALL']);
    const response = await victim.visit(url, at('1'));
    expect([response.status, locationOf(response)]).toEqual([400, '']);
  });
});

describe('HTML injection', () => {
  const payload = `"'><svg/onload=alert(1)></title></style><script>alert(1)</script>`;
  const harmless = (page: string) => {
    expect(page).not.toMatch(/<svg\/onload|<script>alert|<\/style><script/);
  };

  it('by the name of a registered client, or of a document', async () => {
    harmless((await authorize(await client.register({ client_name: payload, redirect_uris: [evil] }))).page);
    harmless((await authorize(publish({ client_name: payload }))).page);
  });

  it.each(['/authorize', '/callback', '/', '/health', '/.well-known/oauth-authorization-server'])(
    'by any parameter of %s',
    async (path) => {
      const clientId = await client.register({ client_name: 'Plain' });
      const names = [
        'client_id',
        'redirect_uri',
        'state',
        'scope',
        'login_hint',
        'resource',
        'error',
        'error_description',
      ];
      for (const name of names) {
        const good = new URL(client.authorizationUrl(clientId)).searchParams;
        good.set(name, payload);
        const response = await fetch(`${stack().serverUrl}${path}?${good}`, {
          headers: { accept: 'text/html' },
          redirect: 'manual',
        });
        harmless(await response.text());
      }
    },
  );

  it('by the path of an unknown page, or by the user agent, which people read in logs', async () => {
    const headers = {
      accept: 'text/html',
      'user-agent': payload,
      referer: `https://evil.example/${encodeURI(payload)}`,
    };
    for (const path of [`/${encodeURIComponent(payload)}`, `/mcp/${payload}`])
      harmless(await (await fetch(stack().serverUrl + path, { headers })).text());
  });
});
