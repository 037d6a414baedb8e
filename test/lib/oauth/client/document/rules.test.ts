import { describe, expect, it } from 'vitest';
import type { ClientKeys } from '../../../../../lib/oauth/client/client.ts';
import { documentLifetime } from '../../../../../lib/oauth/client/document/lifetime.ts';
import {
  documentClient,
  parseDocumentUrl,
  readDocument,
} from '../../../../../lib/oauth/client/document/rules.ts';
import { wellKnownClients } from '../../../../../lib/oauth/client/document/well-known.ts';
import { testConfig } from '../../../../support/config.ts';

const config = testConfig();

describe('a client id that is a URL', () => {
  it.each([
    ['https://claude.ai/oauth/mcp-oauth-client-metadata', true],
    ['https://app.example.com/client.json?v=2', true],
    ['https://app.example.com:8443/client.json', true],
    ['https://app.example.com/', false],
    ['https://app.example.com', false],
    ['http://app.example.com/client.json', false],
    ['https://app.example.com/client.json#me', false],
    ['https://app.example.com/client.json#', false],
    ['https://user@app.example.com/client.json', false],
    ['https://user:pass@app.example.com/client.json', false],
    ['https://app.example.com/a/../client.json', false],
    ['https://app.example.com/./client.json', false],
    ['https://app.example.com/a/%2e%2e/client.json', false],
    ['https://app.example.com\\client.json', false],
    ['https://APP.example.com/client.json', false],
    ['https://app.example.com:443/client.json', false],
    ['https://2130706433/client.json', false],
    ['https://0x7f000001/client.json', false],
    ['https://017700000001/client.json', false],
    [' https://app.example.com/client.json', false],
    ['https://app.example.com/cl\nient.json', false],
    [`https://app.example.com/${'a'.repeat(255)}`, false],
  ])('%j is taken: %s', (id, taken) => {
    expect(parseDocumentUrl(id)?.href).toBe(taken ? id : undefined);
  });
});

describe('a client metadata document', () => {
  const url = 'https://app.example.com/client.json';
  const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };
  const good = {
    client_id: url,
    client_name: 'App',
    redirect_uris: ['https://app.example.com/cb'],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    logo_uri: 'https://app.example.com/logo.png',
  };

  it('is read for its name, redirect URIs and grant types', () => {
    expect(readDocument(url, good)).toEqual({
      value: {
        client_name: 'App',
        redirect_uris: ['https://app.example.com/cb'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'none',
      },
    });
  });

  it.each<[string, object, ClientKeys]>([
    ['in itself', { jwks: { keys: [key] } }, { jwks: { keys: [key] } }],
    ['at a URL', { jwks_uri: `${url}/jwks` }, { jwksUri: `${url}/jwks` }],
    [
      'in itself and at a URL, of which the first count',
      { jwks: { keys: [key] }, jwks_uri: `${url}/jwks` },
      { jwks: { keys: [key] } },
    ],
  ])('that asks for private_key_jwt makes a client with the keys that it names %s', (_, keys, expected) => {
    const read = readDocument(url, { ...good, token_endpoint_auth_method: 'private_key_jwt', ...keys });
    if ('failure' in read) throw new Error(read.failure);
    expect(documentClient(new URL(url), read.value, config)).toMatchObject({
      authMethod: 'private_key_jwt',
      keys: expected,
    });
  });

  it.each<[string, object, string]>([
    ['without keys', {}, 'its private_key_jwt needs a jwks or a jwks_uri'],
    ['with an empty key set', { jwks: { keys: [] } }, 'its jwks is not acceptable'],
    ['with 21 keys', { jwks: { keys: Array(21).fill(key) } }, 'its jwks is not acceptable'],
    ['with keys that are none', { jwks: { keys: ['x'] } }, 'its jwks is not acceptable'],
    [
      'with keys over plain http',
      { jwks_uri: 'http://app.example.com/jwks' },
      'its jwks_uri is not acceptable',
    ],
    ['with keys in a file', { jwks_uri: 'file:///etc/passwd' }, 'its jwks_uri is not acceptable'],
  ])('that asks for private_key_jwt %s is refused with the reason', (_, keys, failure) => {
    const document = { ...good, token_endpoint_auth_method: 'private_key_jwt', ...keys };
    expect(readDocument(url, document)).toEqual({ failure });
  });

  it.each<[string, unknown]>([
    ['its client_id is another URL', { ...good, client_id: 'https://app.example.com/other.json' }],
    ['its client_id differs by a slash', { ...good, client_id: `${url}/` }],
    ['its client_id is missing', { ...good, client_id: undefined }],
    ['its name is missing', { ...good, client_name: undefined }],
    ['its name is no text', { ...good, client_name: 7 }],
    ['its redirect URIs are missing', { ...good, redirect_uris: undefined }],
    ['its redirect URIs are empty', { ...good, redirect_uris: [] }],
    ['its redirect URIs are no list', { ...good, redirect_uris: 'https://app.example.com/cb' }],
    ['it holds a secret', { ...good, client_secret: 'hunter2' }],
    ['it holds a secret’s expiry', { ...good, client_secret_expires_at: 0 }],
    ['it asks for client_secret_post', { ...good, token_endpoint_auth_method: 'client_secret_post' }],
    ['it asks for client_secret_jwt', { ...good, token_endpoint_auth_method: 'client_secret_jwt' }],
    ['it is a list', [good]],
    ['it is null', null],
    ['it is text', 'client'],
  ])('is refused when %s', (_, document) => {
    expect(readDocument(url, document)).toHaveProperty('failure');
  });

  it('makes a public client, whose redirect URIs are those allowed here', () => {
    const redirect_uris = ['https://app.example.com/cb', 'myapp://cb', 'http://evil.example/cb'];
    expect(documentClient(new URL(url), { client_name: '<App>', redirect_uris }, config)).toEqual({
      id: url,
      shortId: url,
      source: 'document',
      name: 'App',
      redirectUris: ['https://app.example.com/cb'],
      authMethod: 'none',
      keys: undefined,
      usesRefreshToken: true,
    });
  });

  it('makes no client when no redirect URI is allowed', () => {
    expect(
      documentClient(new URL(url), { client_name: 'App', redirect_uris: ['myapp://cb'] }, config),
    ).toBeUndefined();
  });

  it('whose name plays tricks is called by its host', () => {
    const document = { client_name: 'Сlaude', redirect_uris: ['https://app.example.com/cb'] };
    expect(documentClient(new URL(url), document, config)?.name).toBe('app.example.com');
  });

  it.each([...wellKnownClients])('built in for %s makes a client', (id, document) => {
    expect(parseDocumentUrl(id)?.href).toBe(id);
    expect(documentClient(new URL(id), document, config)?.redirectUris).toEqual(document.redirect_uris);
  });
});

describe('a document is kept', () => {
  const now = new Date().toUTCString();
  const later = new Date(Date.now() + 7200_000).toUTCString();
  it.each([
    ['an hour without caching headers', {}, 3600],
    ['as long as max-age says', { 'cache-control': 'public, max-age=1800' }, 1800],
    ['by s-maxage before max-age', { 'cache-control': 'max-age=600, s-maxage=1200' }, 1200],
    ['less the age it came with', { 'cache-control': 'max-age=1800', age: '800' }, 1000],
    ['until it expires', { expires: later, date: now }, 7200],
    ['a day at most', { 'cache-control': 'max-age=31536000, immutable' }, 86_400],
    ['five minutes at least', { 'cache-control': 'max-age=0' }, 300],
    ['five minutes when it should not be', { 'cache-control': 'no-store' }, 300],
    ['five minutes when it has expired', { expires: '0' }, 300],
    ['five minutes when it is older than its life', { 'cache-control': 'max-age=60', age: '900' }, 300],
  ])('%s', (_, headers, seconds) => {
    expect(documentLifetime(headers)).toBe(seconds);
  });
});
