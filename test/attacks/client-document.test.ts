import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchDocument } from '../../lib/oauth/client/document/fetch.ts';
import { textOf } from '../support/browser-user.ts';
import { type DocumentSite, startDocumentSite } from '../support/document-site.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack();

/** Something inside that must never be reached, on every address of this machine. */
let inside: Server;
let port: number;
let connections = 0;
let site: DocumentSite;

beforeAll(async () => {
  site = await startDocumentSite();
  // The same port as the site's, at another address: what a second DNS answer would lead to.
  port = site.port;
  inside = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(port, '127.0.0.2');
  await once(inside, 'listening');
});
afterAll(async () => {
  inside.close();
  await site.close();
});

const authorize = async (clientId: string) => {
  const url = oauthClient(stack().serverUrl).authorizationUrl(clientId, {
    redirect_uri: 'https://a.example/cb',
  });
  const response = await fetch(url, { redirect: 'manual' });
  expect(response.headers.get('location')).toBeNull();
  return { status: response.status, text: textOf(await response.text()) };
};

/** Every spelling of a URL: as given, and as URL parsers write it. */
const spellings = (urls: string[]) => [...new Set(urls.flatMap((url) => [url, URL.parse(url)?.href ?? url]))];

describe('SSRF through a client document', () => {
  it.each(
    spellings([
      'https://127.0.0.1/client.json',
      'https://127.1/client.json',
      'https://2130706433/client.json',
      'https://0177.0.0.1/client.json',
      'https://0x7f.0.0.1/client.json',
      'https://0x7f000001/client.json',
      'https://127.0.0.1./client.json',
      'https://0.0.0.0/client.json',
      'https://10.0.0.1/client.json',
      'https://172.16.0.1/client.json',
      'https://192.168.0.1/client.json',
      'https://100.64.0.1/client.json',
      'https://169.254.169.254/latest/meta-data/',
      'https://[::1]/client.json',
      'https://[::]/client.json',
      'https://[::ffff:127.0.0.1]/client.json',
      'https://[::ffff:a9fe:a9fe]/latest/meta-data/',
      'https://[64:ff9b::7f00:1]/client.json',
      'https://[2002:7f00:1::]/client.json',
      'https://[fd00:ec2::254]/latest/meta-data/',
      'https://[fe80::1]/client.json',
      'https://[fe80::1%25lo]/client.json',
      'https://localhost/client.json',
      'https://LOCALHOST/client.json',
      'https://\u2460\u2461\u2466.0.0.1/client.json',
    ]),
  )('%s is refused without a connection', async (clientId) => {
    const { text } = await authorize(clientId);
    expect(text).toMatch(/is not at a public address|must be a plain https URL/);
  });

  it.each([
    ['another port', () => `https://localhost:${port}/client.json`],
    ['another port of an address inside', () => `https://127.0.0.2:${port}/client.json`],
    ['plain http', () => `http://127.0.0.2:${port}/client.json`],
    ['a name with a dot at its end', () => `https://localhost.:${port}/client.json`],
    ['another scheme', () => 'file:///etc/passwd'],
    ['a scheme of Unix sockets', () => 'unix:/var/run/docker.sock'],
    ['a user name that looks like a host', () => 'https://claude.ai@127.0.0.1/client.json'],
    ['a backslash', () => 'https://claude.ai\\@127.0.0.1/client.json'],
    ['dot segments', () => 'https://claude.ai/oauth/../../client.json'],
    ['encoded dot segments', () => 'https://claude.ai/oauth/%2e%2e/client.json'],
    ['a fragment', () => 'https://claude.ai/oauth/mcp-oauth-client-metadata#x'],
    ['no path', () => 'https://claude.ai/'],
    ['a line break', () => 'https://127.0.0.1/client.json\r\nHost: inside'],
    ['no end', () => `https://claude.ai/${'a'.repeat(300)}`],
  ])('by %s is refused without a connection', async (_, clientId) => {
    expect((await authorize(clientId())).status).toBe(400);
    expect([site.asked, connections]).toEqual([[], 0]);
  });

  it.each(['/oauth/token', '/oauth/revoke'])('at %s it is refused as it is on the page', async (path) => {
    const client_id = 'https://169.254.169.254/latest/meta-data/';
    const form = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x', client_id };
    const response = await oauthClient(stack().serverUrl).post(path, form);
    expect([response.status, await response.json()]).toMatchObject([401, { error: 'invalid_client' }]);
  });

  it('a redirect is not followed, to wherever it leads', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const location = `https://127.0.0.2:${port}/secret`;
      site.pages.set('/moved', { status, headers: { location }, body: {} });
      const fetched = await fetchDocument(new URL(`https://localhost:${port}/moved`), { local: true });
      expect(fetched).toMatchObject({ failure: 'status' });
    }
    expect(connections).toBe(0);
  });

  it('DNS rebinding: the connection goes to the address that was checked, not to a second answer', async () => {
    site.pages.set('/client.json', { body: { client_name: 'App' } });
    const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.2'];
    const resolve = async () => [{ address: answers.shift() ?? '127.0.0.2' }];
    const url = new URL(`https://app.test:${port}/client.json`);
    expect(await fetchDocument(url, { local: true, resolve })).toHaveProperty('json');
    expect([answers.length, connections]).toEqual([2, 0]);
  });

  it('one private address among public ones is enough to refuse a name', async () => {
    const resolve = async () =>
      ['93.184.216.34', '2606:2800:220:1::1', '127.0.0.2'].map((address) => ({ address }));
    expect(await fetchDocument(new URL('https://app.test/client.json'), { resolve })).toEqual({
      failure: 'address-not-public',
    });
  });
});
