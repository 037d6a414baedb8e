import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchDocument } from '../../../../../lib/oauth/client/document/fetch.ts';
import { type DocumentSite, type Page, startDocumentSite } from '../../../../support/document-site.ts';
import { certificate, key } from '../../../../support/localhost-certificate.ts';

let site: DocumentSite;
beforeAll(async () => {
  site = await startDocumentSite();
});
afterAll(() => site.close());

const at = (path: string) => new URL(`https://localhost:${site.port}${path}`);
const answered =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address }));

describe('a document', () => {
  it('is fetched, with the life that its headers give it', async () => {
    site.pages.set('/good', { headers: { 'cache-control': 'max-age=900' }, body: { client_name: 'App' } });
    expect(await fetchDocument(at('/good'), { local: true })).toEqual({
      json: { client_name: 'App' },
      lifetimeSeconds: 900,
    });
  });

  it('may be of a JSON type of its own', async () => {
    const headers = { 'content-type': 'application/cimd+json; charset=utf-8' };
    site.pages.set('/typed', { headers, body: {} });
    expect(await fetchDocument(at('/typed'), { local: true })).toHaveProperty('json');
  });

  it.each<[string, Page, string]>([
    ['a redirect', { status: 302, headers: { location: '/good' }, body: {} }, 'status'],
    ['a permanent redirect', { status: 308, headers: { location: '/good' }, body: {} }, 'status'],
    ['another success', { status: 201, body: {} }, 'status'],
    ['a refusal', { status: 403, headers: { 'content-type': 'text/html' }, body: '<p>bots' }, 'status'],
    ['absence', { status: 404 }, 'gone'],
    ['withdrawal', { status: 410 }, 'gone'],
    ['trouble', { status: 503 }, 'unreachable'],
    ['a limit', { status: 429 }, 'unreachable'],
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '{}' }, 'content-type'],
    ['text', { headers: { 'content-type': 'text/json' }, body: '{}' }, 'content-type'],
    [
      'what only sounds like JSON',
      { headers: { 'content-type': 'application/jsonp' }, body: '{}' },
      'content-type',
    ],
    ['broken JSON', { body: '{"client_id":' }, 'not-json'],
    ['more than 5 KB', { body: { padding: 'x'.repeat(5 * 1024) } }, 'too-large'],
    ['a connection cut short', { headers: { 'content-length': '100' }, body: '{}' }, 'unreachable'],
  ])('is not had from %s', async (_, page, failure) => {
    site.pages.set('/page', page);
    expect(await fetchDocument(at('/page'), { local: true })).toMatchObject({ failure });
  });

  it.concurrent('is waited for three seconds at most', async () => {
    site.pages.set('/silent', { hang: true });
    const started = Date.now();
    expect(await fetchDocument(at('/silent'), { local: true })).toMatchObject({ failure: 'unreachable' });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('is given up when its site switches protocols instead of answering', async () => {
    const server = createServer({ key, cert: certificate }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n'),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = new URL(`https://localhost:${port}/client.json`);
    expect(await fetchDocument(url, { local: true })).toMatchObject({ failure: 'unreachable' });
    server.close();
  });

  it.concurrent('is given up when its name is never resolved', async () => {
    const resolve = () => new Promise<never>(() => {});
    expect(await fetchDocument(at('/good'), { local: true, resolve })).toMatchObject({
      failure: 'unreachable',
    });
  });

  it('is not taken from a site whose certificate names another', async () => {
    const url = new URL(`https://other.test:${site.port}/good`);
    const fetched = await fetchDocument(url, { local: true, resolve: answered('127.0.0.1') });
    expect(fetched).toMatchObject({ failure: 'unreachable' });
  });
});

describe('a server of ours is not reached through a document', () => {
  const port443 = (host: string) => new URL(`https://${host}/client.json`);

  it.each([
    ['a loopback name', port443('localhost')],
    ['a loopback address', port443('127.0.0.1')],
    ['an IPv6 loopback address', port443('[::1]')],
    ['an IPv4-mapped address', port443('[::ffff:127.0.0.1]')],
    ['a decimal address', port443('2130706433')],
    ['an octal address', port443('0177.0.0.1')],
    ['a hexadecimal address', port443('0x7f.0.0.1')],
    ['a short address', port443('127.1')],
    ['the cloud metadata address', port443('169.254.169.254')],
  ])('by %s', async (_, url) => {
    expect(await fetchDocument(url)).toEqual({ failure: 'address-not-public' });
  });

  it.each([
    ['to a private address', ['10.0.0.1']],
    ['to a public and a private address', ['93.184.216.34', '10.0.0.1']],
    ['to a unique-local address', ['fd00::1']],
    ['to a NAT64 address', ['64:ff9b::a00:1']],
  ])('by a name that resolves %s', async (_, addresses) => {
    const resolve = answered(...addresses);
    expect(await fetchDocument(port443('app.test'), { resolve })).toEqual({ failure: 'address-not-public' });
  });

  it('by another port', async () => {
    expect(await fetchDocument(at('/good'))).toEqual({ failure: 'port' });
  });

  it('by a name that resolves differently the second time (DNS rebinding)', async () => {
    site.pages.set('/client.json', { body: { client_name: 'App' } });
    let asked = 0;
    const resolve = async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2' }];
    // The system's resolver does not know app.test: a connection proves that the checked answer was used.
    const url = new URL(`https://app.test:${site.port}/client.json`);
    expect(await fetchDocument(url, { local: true, resolve })).toHaveProperty('json');
    expect(asked).toBe(1);
  });
});
